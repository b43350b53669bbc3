from concurrent.futures import ThreadPoolExecutor

from botocore.exceptions import ClientError

from stage import BLUEPRINT, BUNDLE, ZONE, Case, every


class Idempotence(Case):
    """There are no client tokens anywhere: the unique name is the only guard."""

    def test_64_creations_of_one_name_at_once_make_one_instance_that_is_billed_once(self):
        def create(_):
            try:
                return self.client.create_instances(
                    instanceNames=["one"], availabilityZone=ZONE, blueprintId=BLUEPRINT, bundleId=BUNDLE)["operations"]
            except ClientError as error:
                return error.response["Error"]

        with ThreadPoolExecutor(64) as pool:
            answers = list(pool.map(create, range(64)))
        made = [answer for answer in answers if isinstance(answer, list)]
        refused = [answer for answer in answers if not isinstance(answer, list)]
        self.assertEqual((len(made), len(refused)), (1, 63))
        for error in refused:
            self.assertEqual(error["Code"], "InvalidInputException")
            self.assertTrue(error["Message"].startswith("Some names are already in use"), error)
        self.settle(made[0])
        self.assertEqual([i["name"] for i in every(self.client, "get_instances", "instances")].count("one"), 1)
        operations = every(self.client, "get_operations_for_resource", "operations", resourceName="one")
        self.assertEqual([o["operationType"] for o in operations].count("CreateInstance"), 1)
        estimate = self.client.get_cost_estimate(
            resourceName="one", startTime=made[0][0]["createdAt"].timestamp() - 1,
            endTime=made[0][0]["createdAt"].timestamp() + 1)["resourcesBudgetEstimate"]
        hours = sum(part["unit"] for cost in estimate[0]["costEstimates"] for part in cost["resultsByTime"])
        self.assertEqual(hours, 1)

    def test_32_deletions_at_once_delete_once(self):
        self.make_instance("gone")

        def delete(_):
            try:
                return self.client.delete_instance(instanceName="gone")["operations"][0]["id"]
            except ClientError as error:
                return error.response["Error"]["Code"]

        with ThreadPoolExecutor(32) as pool:
            answers = list(pool.map(delete, range(32)))
        operations = {answer for answer in answers if not answer.endswith("Exception")}
        self.assertEqual(len(operations), 1, answers)
        self.assertTrue(set(answers) - operations <= {"NotFoundException", "OperationFailureException"}, answers)
        self.refused("NotFoundException", self.client.get_instance, instanceName="gone")

    def test_what_comes_while_something_is_at_work_on_it_waits_for_its_turn(self):
        self.make_instance("turns")
        # Each is accepted while the one before it is under way.
        orders = [self.client.stop_instance, self.client.start_instance, self.client.reboot_instance,
                  self.client.stop_instance, self.client.start_instance]
        operations = [order(instanceName="turns")["operations"][0] for order in orders]
        self.assertEqual(
            [o["operationType"] for o in self.settle({"operations": operations})],
            ["StopInstance", "StartInstance", "RebootInstance", "StopInstance", "StartInstance"])
        self.assertEqual(self.client.get_instance_state(instanceName="turns")["state"]["name"], "running")

    def test_one_name_is_one_resource_of_any_kind(self):
        self.client.create_key_pair(keyPairName="shared")
        self.refused(
            "InvalidInputException", self.client.create_instances, instanceNames=["shared"], availabilityZone=ZONE,
            blueprintId=BLUEPRINT, bundleId=BUNDLE)

    def test_a_name_that_was_deleted_is_free_at_once(self):
        for _ in range(2):
            self.make_instance("phoenix")
            self.client.delete_instance(instanceName="phoenix")
            self.assertNotIn("phoenix", every(self.client, "get_active_names", "activeNames"))
