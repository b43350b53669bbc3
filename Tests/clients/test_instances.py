import time

from stage import BLUEPRINT, BUNDLE, REGION, ZONE, Case, every, until


class Instances(Case):
    def test_the_life_of_an_instance(self):
        made = self.client.create_instances(
            instanceNames=["life"], availabilityZone=ZONE, blueprintId=BLUEPRINT, bundleId=BUNDLE, userData="",
            tags=[{"key": "team", "value": "blue"}, {"key": "alone"}])["operations"]
        self.assertEqual([(o["resourceName"], o["operationType"], o["status"]) for o in made],
                         [("life", "CreateInstance", "Started")])
        self.assertEqual(made[0]["location"], {"availabilityZone": ZONE, "regionName": REGION})
        state = self.client.get_instance_state(instanceName="life")["state"]
        self.assertIn((state["code"], state["name"]), [(0, "pending"), (16, "running")])
        self.settle(made)
        self.assertEqual(self.client.get_instance_state(instanceName="life")["state"], {"code": 16, "name": "running"})

        instance = self.client.get_instance(instanceName="life")["instance"]
        self.assertEqual(instance["blueprintId"], BLUEPRINT)
        self.assertEqual(instance["bundleId"], BUNDLE)
        self.assertEqual(instance["sshKeyName"], "LightsailDefaultKeyPair")
        self.assertEqual(instance["isStaticIp"], False)
        self.assertEqual(instance["hardware"]["cpuCount"], 2)
        self.assertEqual(instance["hardware"]["ramSizeInGb"], 0.5)
        disk = instance["hardware"]["disks"][0]
        self.assertTrue(disk["isSystemDisk"])
        self.assertEqual((disk["sizeInGb"], disk["attachedTo"], disk["attachmentState"]), (20, "life", "attached"))
        self.assertEqual(instance["networking"]["monthlyTransfer"]["gbPerMonthAllocated"], 1024)
        self.assertEqual({t["key"]: t.get("value", "") for t in instance["tags"]}, {"team": "blue", "alone": ""})

        stop = self.client.stop_instance(instanceName="life")["operations"]
        self.assertEqual(stop[0]["status"], "Started")
        self.settle(stop)
        self.assertEqual(self.client.get_instance_state(instanceName="life")["state"], {"code": 80, "name": "stopped"})
        # Sloop: what is so already is no error, as in EC2.
        self.settle(self.client.start_instance(instanceName="life"))
        reboot = self.client.reboot_instance(instanceName="life")
        self.settle(reboot)
        after = self.client.get_instance(instanceName="life")["instance"]
        self.assertEqual(after["state"]["name"], "running")
        self.assertEqual(after["privateIpAddress"], instance["privateIpAddress"])

        gone = self.client.delete_instance(instanceName="life")["operations"]
        self.assertEqual([o["operationType"] for o in gone], ["DeleteInstance"])
        self.refused("NotFoundException", self.client.get_instance, instanceName="life")
        self.refused("NotFoundException", self.client.get_instance_state, instanceName="life")
        self.refused("NotFoundException", self.client.delete_instance, instanceName="life")
        # Operations outlive what they were of, newest first.
        types = [o["operationType"] for o in
                 every(self.client, "get_operations_for_resource", "operations", resourceName="life")]
        self.assertEqual(types[:5], ["DeleteInstance", "RebootInstance", "StartInstance", "StopInstance", "CreateInstance"])

    def test_an_instance_that_nothing_happens_to_reads_the_same_byte_for_byte(self):
        self.make_instance("still")
        bodies = []
        self.client.meta.events.register(
            "before-parse.lightsail.GetInstance", lambda response_dict, **_: bodies.append(response_dict["body"]))
        for _ in range(20):
            self.client.get_instance(instanceName="still")
        # Longer than the server's own rhythm.
        end = time.monotonic() + 7
        until("seven seconds", lambda: time.monotonic() > end)
        self.client.get_instance(instanceName="still")
        self.assertEqual(len(bodies), 21)
        self.assertEqual(len(set(bodies)), 1)

    def test_many_of_one_call(self):
        names = ["row-1", "row-2", "row-3"]
        made = self.client.create_instances(
            instanceNames=names, availabilityZone=ZONE, blueprintId=BLUEPRINT, bundleId=BUNDLE)
        self.assertEqual([o["resourceName"] for o in made["operations"]], names)
        self.settle(made)
        # One name that is taken, and none of them is made.
        error = self.refused(
            "InvalidInputException", self.client.create_instances, instanceNames=["row-4", "row-2"],
            availabilityZone=ZONE, blueprintId=BLUEPRINT, bundleId=BUNDLE)
        self.assertTrue(error["Error"]["Message"].startswith("Some names are already in use: "), error)
        self.refused("NotFoundException", self.client.get_instance, instanceName="row-4")
        listed = [i for i in every(self.client, "get_instances", "instances") if i["name"].startswith("row-")]
        self.assertEqual(listed, [self.client.get_instance(instanceName=name)["instance"] for name in names])
        for name in names:
            self.client.delete_instance(instanceName=name)

    def test_what_cannot_be_is_refused_and_changes_nothing(self):
        good = {"instanceNames": ["never"], "availabilityZone": ZONE, "blueprintId": BLUEPRINT, "bundleId": BUNDLE}
        for change in [
            {"availabilityZone": "eu-north-1a"}, {"availabilityZone": "us-east-1z"}, {"blueprintId": "windows_3000"},
            {"bundleId": "nano_99_0"}, {"instanceNames": ["never", "never"]}, {"instanceNames": ["-never"]},
            {"instanceNames": ["x"]}, {"instanceNames": ["no spaces"]}, {"instanceNames": []},
            {"keyPairName": "no-such-key"}, {"ipAddressType": "ipv5"},
            {"tags": [{"key": "a", "value": "1"}, {"key": "a", "value": "2"}]}, {"tags": [{"key": "aws:mine"}]},
        ]:
            with self.subTest(change):
                name = "NotFoundException" if "keyPairName" in change else None
                error = self.either_refused(
                    ["InvalidInputException", name], self.client.create_instances, **{**good, **change})
                self.assertTrue(error["Error"]["Message"])
        self.assertEqual([n for n in every(self.client, "get_active_names", "activeNames") if "never" in n], [])

    def either_refused(self, names, call, **input):
        from botocore.exceptions import ClientError
        with self.assertRaises(ClientError) as caught:
            call(**input)
        self.assertIn(caught.exception.response["Error"]["Code"], names)
        return caught.exception.response

    def test_tags_come_and_go(self):
        self.make_instance("tagged", tags=[{"key": "old", "value": "1"}])
        tag = self.client.tag_resource(
            resourceName="tagged", tags=[{"key": "old", "value": "2"}, {"key": "new", "value": "ü"}])
        self.settle(tag)
        read = lambda: {t["key"]: t.get("value", "") for t in
                        self.client.get_instance(instanceName="tagged")["instance"]["tags"]}
        self.assertEqual(read(), {"old": "2", "new": "ü"})
        self.settle(self.client.untag_resource(resourceName="tagged", tagKeys=["old"]))
        self.assertEqual(read(), {"new": "ü"})
        self.refused("InvalidInputException", self.client.tag_resource, resourceName="tagged", tags=[{"key": "aws:x"}])
        self.refused("NotFoundException", self.client.tag_resource, resourceName="nobody", tags=[{"key": "x"}])

    def test_the_kinds_of_addresses_and_the_options_of_metadata(self):
        self.make_instance("options")
        for kind in ("ipv4", "dualstack"):
            self.settle(self.client.set_ip_address_type(
                resourceType="Instance", resourceName="options", ipAddressType=kind))
            self.assertEqual(self.client.get_instance(instanceName="options")["instance"]["ipAddressType"], kind)
        self.settle(self.client.update_instance_metadata_options(instanceName="options", httpEndpoint="disabled"))
        self.refused("InvalidInputException", self.client.update_instance_metadata_options,
                     instanceName="options", httpTokens="required")

    def test_what_it_costs(self):
        self.make_instance("billed")
        now = time.time()
        estimate = self.client.get_cost_estimate(
            resourceName="billed", startTime=now - 3600, endTime=now + 3600)["resourcesBudgetEstimate"]
        self.assertEqual([e["resourceName"] for e in estimate], ["billed"])
        costs = [part["usageCost"] for e in estimate[0]["costEstimates"] for part in e["resultsByTime"]]
        self.assertGreater(sum(costs), 0)
        self.assertLessEqual(sum(costs), 5)

    def test_operations_are_listed_newest_first_and_page_by_page(self):
        for n in range(60):
            self.client.create_key_pair(keyPairName=f"filler-{n}")
            self.client.delete_key_pair(keyPairName=f"filler-{n}")
        pages = list(self.client.get_paginator("get_operations").paginate())
        self.assertGreater(len(pages), 1)
        operations = [o for page in pages for o in page["operations"]]
        self.assertEqual(len({o["id"] for o in operations}), len(operations))
        self.assertEqual(operations, sorted(operations, key=lambda o: o["createdAt"], reverse=True))
        self.assertEqual(
            self.client.get_operation(operationId=operations[0]["id"])["operation"], operations[0])
        self.refused("NotFoundException", self.client.get_operation, operationId="6b4f1c9e-0f0f-4b38-93a5-6f4a8c0b8f5e")
