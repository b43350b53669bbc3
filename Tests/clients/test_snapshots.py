from stage import BLUEPRINT, BUNDLE, REGION, ZONE, Case, every, only_incus, only_local


class Snapshots(Case):
    @only_local
    def test_an_engine_without_snapshots_says_so_and_which_makes_them(self):
        self.make_instance("plain")
        error = self.refused(
            "InvalidInputException", self.client.create_instance_snapshot, instanceSnapshotName="then",
            instanceName="plain")
        self.assertIn("'incus'", error["Error"]["Message"])
        self.refused(
            "InvalidInputException", self.client.enable_add_on, resourceName="plain",
            addOnRequest={"addOnType": "AutoSnapshot"})
        self.assertEqual(self.client.get_instance_snapshots()["instanceSnapshots"], [])
        self.assertEqual(self.client.get_disk_snapshots()["diskSnapshots"], [])
        self.assertEqual(self.client.get_auto_snapshots(resourceName="plain")["autoSnapshots"], [])
        self.refused("NotFoundException", self.client.get_instance_snapshot, instanceSnapshotName="then")
        self.refused("NotFoundException", self.client.delete_disk_snapshot, diskSnapshotName="then")

    @only_incus
    def test_snapshots_of_an_instance(self):
        self.make_instance("web")
        pair = self.client.create_instance_snapshot(
            instanceSnapshotName="then", instanceName="web", tags=[{"key": "why", "value": "before"}])["operations"]
        self.assertEqual(
            [(o["resourceName"], o["resourceType"], o["operationDetails"], o["status"]) for o in pair],
            [("then", "InstanceSnapshot", "web", "Started"), ("web", "Instance", "then", "Started")])
        self.assertEqual(pair[0]["location"]["availabilityZone"], "all")
        self.settle(pair)
        snapshot = self.client.get_instance_snapshot(instanceSnapshotName="then")["instanceSnapshot"]
        self.assertEqual(
            (snapshot["state"], snapshot["fromInstanceName"], snapshot["fromBlueprintId"], snapshot["fromBundleId"],
             snapshot["sizeInGb"], snapshot["fromAttachedDisks"], snapshot["isFromAutoSnapshot"]),
            ("available", "web", BLUEPRINT, BUNDLE, 20, [], False))
        self.assertRegex(snapshot["supportCode"], r"^\d{12}/ami-0[0-9a-f]{16}$")
        # What was made of an instance outlives it.
        self.client.delete_instance(instanceName="web")
        self.assertEqual(every(self.client, "get_instance_snapshots", "instanceSnapshots"), [snapshot])

        made = self.client.create_instances_from_snapshot(
            instanceNames=["back", "again"], availabilityZone=ZONE, instanceSnapshotName="then", bundleId=BUNDLE,
            userData="")["operations"]
        self.assertEqual({(o["operationType"], o["operationDetails"]) for o in made},
                         {("CreateInstancesFromSnapshot", "then")})
        self.settle(made)
        back = self.client.get_instance(instanceName="back")["instance"]
        self.assertEqual((back["blueprintId"], back["state"]["name"]), (BLUEPRINT, "running"))
        self.assertEqual(back["sshKeyName"], "LightsailDefaultKeyPair")

        copy = self.client.copy_snapshot(
            sourceSnapshotName="then", targetSnapshotName="copy", sourceRegion=REGION)["operations"]
        self.assertEqual(copy[0]["operationDetails"], f"{REGION}:then")
        self.settle(copy)
        self.refused(
            "InvalidInputException", self.client.copy_snapshot, sourceSnapshotName="then", targetSnapshotName="far",
            sourceRegion="eu-west-1")
        for name in ("then", "copy"):
            gone = self.client.delete_instance_snapshot(instanceSnapshotName=name)["operations"]
            self.assertEqual([(o["status"], o["operationType"]) for o in gone], [("Succeeded", "DeleteInstanceSnapshot")])
            self.refused("NotFoundException", self.client.get_instance_snapshot, instanceSnapshotName=name)

    @only_incus
    def test_snapshots_of_a_disk(self):
        self.settle(self.client.create_disk(diskName="data", availabilityZone=ZONE, sizeInGb=8))
        pair = self.client.create_disk_snapshot(diskSnapshotName="data-then", diskName="data")["operations"]
        self.assertEqual([(o["resourceType"], o["operationDetails"]) for o in pair],
                         [("DiskSnapshot", "data"), ("Disk", "data-then")])
        self.settle(pair)
        snapshot = self.client.get_disk_snapshot(diskSnapshotName="data-then")["diskSnapshot"]
        self.assertEqual((snapshot["state"], snapshot["progress"], snapshot["fromDiskName"], snapshot["sizeInGb"]),
                         ("completed", "100%", "data", 8))
        self.assertEqual(every(self.client, "get_disk_snapshots", "diskSnapshots"), [snapshot])
        self.client.delete_disk(diskName="data")
        self.refused(
            "InvalidInputException", self.client.create_disk_from_snapshot, diskName="small",
            diskSnapshotName="data-then", availabilityZone=ZONE, sizeInGb=7)
        made = self.client.create_disk_from_snapshot(
            diskName="data", diskSnapshotName="data-then", availabilityZone=ZONE, sizeInGb=16)
        self.settle(made)
        self.assertEqual(self.client.get_disk(diskName="data")["disk"]["sizeInGb"], 16)
        self.refused(
            "InvalidInputException", self.client.create_disk_snapshot, diskSnapshotName="both", diskName="data",
            instanceName="data")
        self.refused("InvalidInputException", self.client.create_disk_snapshot, diskSnapshotName="neither")
        self.client.delete_disk_snapshot(diskSnapshotName="data-then")
        self.refused("NotFoundException", self.client.get_disk_snapshot, diskSnapshotName="data-then")

    @only_incus
    def test_automatic_snapshots_are_switched_on_and_off(self):
        self.settle(self.client.create_disk(
            diskName="kept", availabilityZone=ZONE, sizeInGb=8,
            addOns=[{"addOnType": "AutoSnapshot", "autoSnapshotAddOnRequest": {"snapshotTimeOfDay": "03:00"}}]))

        def add_ons():
            return [(a["name"], a["status"], a["snapshotTimeOfDay"])
                    for a in self.client.get_disk(diskName="kept")["disk"]["addOns"]]

        self.assertEqual(add_ons(), [("AutoSnapshot", "Enabled", "03:00")])
        self.client.disable_add_on(addOnType="AutoSnapshot", resourceName="kept")
        self.assertEqual(add_ons(), [("AutoSnapshot", "Disabled", "03:00")])
        self.client.enable_add_on(resourceName="kept", addOnRequest={
            "addOnType": "AutoSnapshot", "autoSnapshotAddOnRequest": {"snapshotTimeOfDay": "23:00"}})
        self.assertEqual(add_ons(), [("AutoSnapshot", "Enabled", "23:00")])
        found = self.client.get_auto_snapshots(resourceName="kept")
        self.assertEqual((found["resourceName"], found["resourceType"]), ("kept", "Disk"))
        self.refused("NotFoundException", self.client.delete_auto_snapshot, resourceName="kept", date="2001-01-01")
        self.refused(
            "NotFoundException", self.client.create_disk_from_snapshot, diskName="new", sourceDiskName="kept",
            useLatestRestorableAutoSnapshot=True, availabilityZone=ZONE, sizeInGb=8)
        self.refused("InvalidInputException", self.client.enable_add_on, resourceName="kept",
                     addOnRequest={"addOnType": "StopInstanceOnIdle"})
