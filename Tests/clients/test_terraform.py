import time

from stage import BLUEPRINT, ZONE, Case, only_incus


class Terraform(Case):
    """What the provider aws asks and compares, call by call, where it cannot be had itself.

    Its sources: hashicorp/terraform-provider-aws, internal/service/lightsail."""

    def wait(self, operations):
        """As the provider: of several operations the first, Started or over."""
        first = operations[0] if isinstance(operations, list) else operations
        end = time.monotonic() + 120
        while True:
            operation = self.client.get_operation(operationId=first["id"])["operation"]
            self.assertIn(operation["status"], ("Started", "Completed", "Succeeded"), operation)
            if operation["status"] != "Started":
                return
            self.assertLess(time.monotonic(), end, operation)
            time.sleep(0.1)

    def read(self, name, **wanted):
        """What a plan would compare with the configuration: any difference would be a change for ever."""
        instance = self.client.get_instance(instanceName=name)["instance"]
        found = {
            "availability_zone": instance["location"]["availabilityZone"], "blueprint_id": instance["blueprintId"],
            "bundle_id": instance["bundleId"], "ip_address_type": instance["ipAddressType"],
            "key_pair_name": instance["sshKeyName"], "name": instance["name"],
            "tags": {t["key"]: t.get("value", "") for t in instance["tags"]}}
        self.assertEqual(found, {**found, **wanted})
        for member in ("arn", "username", "createdAt", "publicIpAddress", "privateIpAddress", "isStaticIp", "ipv6Addresses"):
            self.assertIn(member, instance)

    def test_an_instance_with_its_key_pair(self):
        made = self.client.create_key_pair(keyPairName="tf-key", tags=[{"key": "by", "value": "terraform"}])
        self.wait(made["operation"])
        self.assertEqual(
            self.client.get_key_pair(keyPairName="tf-key")["keyPair"]["fingerprint"], made["keyPair"]["fingerprint"])
        self.wait(self.client.create_instances(
            availabilityZone=ZONE, blueprintId=BLUEPRINT, bundleId="nano_1_0", instanceNames=["tf-web"],
            keyPairName="tf-key", userData="true", ipAddressType="dualstack",
            tags=[{"key": "by", "value": "terraform"}])["operations"])
        same = {"availability_zone": ZONE, "blueprint_id": BLUEPRINT, "bundle_id": "nano_1_0", "key_pair_name": "tf-key"}
        self.read("tf-web", ip_address_type="dualstack", tags={"by": "terraform"}, **same)
        self.wait(self.client.set_ip_address_type(
            resourceName="tf-web", resourceType="Instance", ipAddressType="ipv4")["operations"])
        # Changed tags: what went is removed, what came is set.
        self.client.untag_resource(resourceName="tf-web", tagKeys=["by"])
        self.client.tag_resource(resourceName="tf-web", tags=[{"key": "team", "value": "blue"}, {"key": "empty", "value": ""}])
        self.read("tf-web", ip_address_type="ipv4", tags={"team": "blue", "empty": ""}, **same)
        self.wait(self.client.delete_instance(instanceName="tf-web", forceDeleteAddOns=True)["operations"])
        self.refused("NotFoundException", self.client.get_instance, instanceName="tf-web")
        self.wait(self.client.delete_key_pair(keyPairName="tf-key")["operation"])
        self.refused("NotFoundException", self.client.get_key_pair, keyPairName="tf-key")

    @only_incus
    def test_what_belongs_to_an_instance(self):
        self.make_instance("tf-app", ipAddressType="dualstack")
        self.client.put_instance_public_ports(
            instanceName="tf-app", portInfos=[{"protocol": "tcp", "fromPort": 443, "toPort": 443}])
        states = self.client.get_instance_port_states(instanceName="tf-app")["portStates"]
        self.assertEqual([(s["protocol"], s["fromPort"], s["toPort"], s["cidrs"]) for s in states],
                         [("tcp", 443, 443, ["0.0.0.0/0"])])
        self.client.close_instance_public_ports(
            instanceName="tf-app", portInfo={"protocol": "tcp", "fromPort": 443, "toPort": 443, "cidrs": ["0.0.0.0/0"]})
        self.assertEqual(self.client.get_instance_port_states(instanceName="tf-app")["portStates"], [])

        self.client.allocate_static_ip(staticIpName="tf-address")
        self.client.attach_static_ip(staticIpName="tf-address", instanceName="tf-app")
        # Read at once, without waiting for an operation.
        address = self.client.get_static_ip(staticIpName="tf-address")["staticIp"]
        self.assertEqual((address["isAttached"], address["attachedTo"]), (True, "tf-app"))
        self.client.detach_static_ip(staticIpName="tf-address")
        self.client.release_static_ip(staticIpName="tf-address")

        self.wait(self.client.enable_add_on(resourceName="tf-app", addOnRequest={
            "addOnType": "AutoSnapshot", "autoSnapshotAddOnRequest": {"snapshotTimeOfDay": "06:00"}})["operations"])
        add_ons = lambda: [(a["name"], a["snapshotTimeOfDay"], a["status"])
                           for a in self.client.get_instance(instanceName="tf-app")["instance"]["addOns"]]
        self.assertEqual(add_ons(), [("AutoSnapshot", "06:00", "Enabled")])
        self.wait(self.client.disable_add_on(resourceName="tf-app", addOnType="AutoSnapshot")["operations"])
        self.assertEqual(add_ons(), [("AutoSnapshot", "06:00", "Disabled")])

        self.wait(self.client.create_disk(diskName="tf-disk", availabilityZone=ZONE, sizeInGb=8)["operations"])
        self.wait(self.client.attach_disk(
            diskName="tf-disk", instanceName="tf-app", diskPath="/dev/xvdf")["operations"])
        disk = self.client.get_disk(diskName="tf-disk")["disk"]
        self.assertEqual((disk["isAttached"], disk["attachedTo"], disk["path"]), (True, "tf-app", "/dev/xvdf"))
        self.wait(self.client.stop_instance(instanceName="tf-app")["operations"])
        self.wait(self.client.detach_disk(diskName="tf-disk")["operations"])
        self.wait(self.client.start_instance(instanceName="tf-app")["operations"])
        self.wait(self.client.delete_disk(diskName="tf-disk")["operations"])
        self.wait(self.client.delete_instance(instanceName="tf-app", forceDeleteAddOns=True)["operations"])
