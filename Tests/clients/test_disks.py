from stage import ZONE, Case, every, only_incus, only_local


class Disks(Case):
    @only_local
    def test_an_engine_without_disks_says_so_and_which_has_them(self):
        error = self.refused(
            "InvalidInputException", self.client.create_disk, diskName="data", availabilityZone=ZONE, sizeInGb=8)
        self.assertIn("'incus'", error["Error"]["Message"])
        self.assertEqual(error["code"], "notOffered")
        self.assertEqual(self.client.get_disks()["disks"], [])
        self.refused("NotFoundException", self.client.get_disk, diskName="data")

    @only_incus
    def test_the_life_of_a_disk(self):
        made = self.client.create_disk(
            diskName="data", availabilityZone=ZONE, sizeInGb=8, tags=[{"key": "team", "value": "blue"}])["operations"]
        self.assertEqual([(o["resourceName"], o["resourceType"], o["operationType"], o["status"]) for o in made],
                         [("data", "Disk", "CreateDisk", "Started")])
        self.assertEqual(made[0]["location"]["availabilityZone"], ZONE)
        self.settle(made)
        disk = self.client.get_disk(diskName="data")["disk"]
        self.assertEqual(
            (disk["state"], disk["sizeInGb"], disk["isSystemDisk"], disk["isAttached"], disk["attachmentState"], disk["iops"]),
            ("available", 8, False, False, "detached", 100))
        self.assertRegex(disk["supportCode"], r"^\d{12}/vol-0[0-9a-f]{16}$")
        self.assertEqual(every(self.client, "get_disks", "disks"), [disk])

        self.make_instance("web")
        pair = self.client.attach_disk(diskName="data", instanceName="web", diskPath="/dev/xvdf")["operations"]
        self.assertEqual([(o["resourceName"], o["resourceType"], o["operationDetails"]) for o in pair],
                         [("data", "Disk", "web"), ("web", "Instance", "data")])
        self.assertEqual(len({o["id"] for o in pair}), 2)
        self.settle(pair)
        disk = self.client.get_disk(diskName="data")["disk"]
        self.assertEqual((disk["state"], disk["attachedTo"], disk["path"]), ("in-use", "web", "/dev/xvdf"))
        hardware = self.client.get_instance(instanceName="web")["instance"]["hardware"]["disks"]
        self.assertEqual([(d["isSystemDisk"], d.get("name"), d["attachedTo"]) for d in hardware],
                         [(True, None, "web"), (False, "data", "web")])

        error = self.refused("InvalidInputException", self.client.delete_disk, diskName="data")
        self.assertIn("the disk is still attached to a Lightsail instance: web", error["Error"]["Message"])
        error = self.refused("InvalidInputException", self.client.detach_disk, diskName="data")
        self.assertIn("You can't detach this disk right now. The state of this disk is: in-use", error["Error"]["Message"])
        self.settle(self.client.stop_instance(instanceName="web"))
        pair = self.client.detach_disk(diskName="data")["operations"]
        self.assertEqual([o["operationType"] for o in pair], ["DetachDisk", "DetachDisk"])
        self.settle(pair)
        self.assertEqual(self.client.get_disk(diskName="data")["disk"]["state"], "available")

        self.settle(self.client.attach_disk(diskName="data", instanceName="web", diskPath="/dev/xvdf"))
        gone = self.client.delete_instance(instanceName="web")["operations"]
        self.assertEqual([o["operationType"] for o in gone], ["DetachDisk", "DetachDisk", "DeleteInstance"])
        self.assertEqual(self.client.get_disk(diskName="data")["disk"]["state"], "available")
        gone = self.client.delete_disk(diskName="data")["operations"]
        self.assertEqual([(o["status"], o["isTerminal"]) for o in gone], [("Succeeded", True)])
        self.refused("NotFoundException", self.client.get_disk, diskName="data")
        self.refused("NotFoundException", self.client.delete_disk, diskName="data")

    @only_incus
    def test_what_cannot_be_is_refused(self):
        good = {"diskName": "never", "availabilityZone": ZONE, "sizeInGb": 8}
        for change in [{"sizeInGb": 7}, {"sizeInGb": 16385}, {"availabilityZone": "eu-north-1a"}, {"diskName": "x"},
                       {"diskName": "../etc"}, {"tags": [{"key": "aws:mine"}]},
                       {"addOns": [{"addOnType": "AutoSnapshot",
                                    "autoSnapshotAddOnRequest": {"snapshotTimeOfDay": "06:30"}}]}]:
            with self.subTest(change):
                self.refused("InvalidInputException", self.client.create_disk, **{**good, **change})
        for call in [self.client.detach_disk, self.client.delete_disk]:
            self.refused("NotFoundException", call, diskName="never")
        self.refused(
            "NotFoundException", self.client.attach_disk, diskName="never", instanceName="none", diskPath="/dev/xvdf")
        self.assertEqual(self.client.get_disks()["disks"], [])
