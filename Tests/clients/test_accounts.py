from botocore import xform_name
from botocore.exceptions import ClientError

from answers import last_code
from inputs import least
from stage import BLUEPRINT, ENGINE, Case, account, every
from test_every_operation import documented

# Calls that name nothing that is there: the catalog, and what makes something of a new name.
NAME_NOTHING = {
    "AllocateStaticIp", "CreateContactMethod", "CreateDisk", "CreateDomain", "CreateInstances", "CreateKeyPair",
    "DownloadDefaultKeyPair", "GetBlueprints", "GetBundles", "GetRegions", "ImportKeyPair",
}
# Of these every account has its own, without a name; an account that has none is told so.
NOT_NAMED = {"DeleteContactMethod", "SendContactMethodVerification"}


class Accounts(Case):
    """Nobody learns of another account's resources, by any call."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.other = account("accounts-other")
        client, cls.has = cls.client, {}
        case = cls("setUp")
        client.create_key_pair(keyPairName="key-of-one")
        made = client.create_instances(
            instanceNames=["instance-of-one"], availabilityZone="us-east-1a", blueprintId=BLUEPRINT,
            bundleId="nano_3_0", keyPairName="key-of-one")
        case.settle(made)
        cls.has = {
            "instanceName": "instance-of-one", "instanceNames": ["instance-of-one"], "keyPairName": "key-of-one",
            "resourceName": "instance-of-one", "monitoredResourceName": "instance-of-one",
            "operationId": made["operations"][0]["id"],
        }
        for member, call, more in [
            ("staticIpName", "allocate_static_ip", {}),
            ("diskName", "create_disk", {"availabilityZone": "us-east-1a", "sizeInGb": 8}),
            ("instanceSnapshotName", "create_instance_snapshot", {"instanceName": "instance-of-one"}),
            ("diskSnapshotName", "create_disk_snapshot", {"diskName": "disk-of-one"}),
            ("alarmName", "put_alarm", {
                "metricName": "CPUUtilization", "monitoredResourceName": "instance-of-one", "threshold": 90,
                "comparisonOperator": "GreaterThanThreshold", "evaluationPeriods": 1}),
        ]:
            name = member.removesuffix("Name").lower() + "-of-one"
            try:
                case.settle(getattr(client, call)(**{member: name}, **more))
            except ClientError as error:
                if last_code() != "notOffered":
                    raise
            cls.has[member] = name
        cls.has["domainName"] = f"{ENGINE}-of-one.example.org"
        client.create_domain(domainName=cls.has["domainName"])
        # Members that name a resource by another word.
        cls.has |= {
            "sourceSnapshotName": cls.has["instanceSnapshotName"], "sourceInstanceName": "instance-of-one",
            "sourceDiskName": cls.has["diskName"], "sourceResourceName": "instance-of-one",
        }

    def test_another_accounts_resources_are_not_found_by_any_call(self):
        model = self.client.meta.service_model
        for name in sorted(documented()[0] - NAME_NOTHING - NOT_NAMED):
            with self.subTest(name):
                operation = model.operation_model(name)
                if name == "CopySnapshot":
                    input = {"sourceRegion": "us-east-1", "targetSnapshotName": "copied",
                             "sourceSnapshotName": self.has["sourceSnapshotName"]}
                elif name in ("CreateInstancesFromSnapshot", "CreateDiskFromSnapshot"):
                    source = "instanceSnapshotName" if "Instances" in name else "diskSnapshotName"
                    input = least(operation, **{source: self.has[source]})
                elif name in ("CreateInstanceSnapshot", "CreateDiskSnapshot"):
                    source = "instanceName" if "Instance" in name else "diskName"
                    input = least(operation, **{source: self.has[source]})
                else:
                    required = getattr(operation.input_shape, "required_members", [])
                    input = least(operation, **{m: v for m, v in self.has.items() if m in required})
                call = getattr(self.other.client, xform_name(name))
                if input and set(input) & set(self.has):
                    try:
                        answer = call(**input)
                    except ClientError as error:
                        # The input of a call may be refused before anything is looked for.
                        code = error.response["Error"]["Code"]
                        own = last_code() == "notOffered"
                        self.assertTrue(code == "NotFoundException" or own, error.response)
                        self.assertNotIn("already in use", error.response["Error"]["Message"])
                    else:
                        # Some calls answer empty lists for names that nobody has.
                        answer.pop("ResponseMetadata")
                        self.assertEqual(
                            answer, self.nobody(name, input), f"{name} told of another account's resource")
                else:
                    answer = call(**input)
                    lists = [v for m, v in answer.items() if isinstance(v, list)]
                    self.assertTrue(lists, answer)
                    self.assertFalse(
                        [v for v in lists if "of-one" in repr(v)], f"{name} told of another account's resources")

    def nobody(self, name, input):
        """The answer for names that are nobody's."""
        other = {m: v if m not in self.has else (["nobody-at-all"] if isinstance(v, list) else "nobody-at-all")
                 for m, v in input.items()}
        answer = getattr(self.other.client, xform_name(name))(**other)
        answer.pop("ResponseMetadata")
        return answer

    def test_all_of_it_is_untouched_afterwards(self):
        names = set(every(self.client, "get_active_names", "activeNames"))
        self.assertLessEqual({"instance-of-one", "key-of-one"}, names)
        self.assertEqual(
            self.client.get_instance(instanceName="instance-of-one")["instance"]["state"]["name"], "running")

    def test_each_account_may_use_every_name(self):
        other = self.other.client
        pair = other.create_key_pair(keyPairName="key-of-one")["keyPair"]
        self.assertNotEqual(pair["arn"], self.client.get_key_pair(keyPairName="key-of-one")["keyPair"]["arn"])
        other.delete_key_pair(keyPairName="key-of-one")
        self.client.get_key_pair(keyPairName="key-of-one")

    def test_a_domain_is_one_accounts_and_so_is_what_is_below_it(self):
        name = self.has["domainName"]
        error = self.refused("InvalidInputException", self.other.client.create_domain, domainName=name)
        self.assertTrue(error["Error"]["Message"].startswith("Some names are already in use: "), error)
        self.refused("InvalidInputException", self.other.client.create_domain, domainName="login." + name)

    def test_page_tokens_of_one_account_show_nothing_to_another(self):
        for n in range(120):
            self.client.create_key_pair(keyPairName=f"page-{n}")
        token = self.client.get_key_pairs()["nextPageToken"]
        self.assertEqual(self.other.client.get_key_pairs(pageToken=token)["keyPairs"], [])

    def test_sloops_own_calls_are_not_for_holders_of_access_keys(self):
        from botocore.auth import SigV4Auth
        from botocore.awsrequest import AWSRequest
        from botocore.credentials import Credentials
        from botocore.httpsession import URLLib3Session
        from stage import ENDPOINT, REGION
        for name in ("ListInstanceDetails", "ListAPIAccessKeys", "CreateAPIAccessKey", "GetMonthlyCost"):
            request = AWSRequest("POST", ENDPOINT + "/", data=b'{"account": "accounts"}', headers={
                "X-Amz-Target": f"Sloop_20261123.{name}", "Content-Type": "application/x-amz-json-1.1"})
            SigV4Auth(Credentials(self.other.key, self.other.secret), "lightsail", REGION).add_auth(request)
            answer = URLLib3Session().send(request.prepare())
            self.assertEqual(answer.status_code, 400)
            self.assertIn("Exception", answer.text)
            self.assertNotIn("of-one", answer.text)
