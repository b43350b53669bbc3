from stage import BUNDLE, ENGINE, REGION, ZONE, Case, every


class Catalog(Case):
    def test_the_region_has_the_zones_that_clients_write_into_their_files(self):
        region = self.client.get_regions(includeAvailabilityZones=True)["regions"][0]
        self.assertEqual(region["name"], REGION)
        self.assertIn(ZONE, [zone["zoneName"] for zone in region["availabilityZones"]])
        self.assertEqual(self.client.get_regions()["regions"][0]["availabilityZones"], [])

    def test_bundles_have_lightsails_ids_and_prices(self):
        bundles = {bundle["bundleId"]: bundle for bundle in every(self.client, "get_bundles", "bundles")}
        prices = {"nano_3_0": 5, "micro_3_0": 7, "small_3_0": 12, "medium_3_0": 24, "large_3_0": 44, "xlarge_3_0": 84}
        self.assertEqual({name: bundles[name]["price"] for name in prices}, prices)
        self.assertEqual(bundles[BUNDLE]["ramSizeInGb"], 0.5)
        self.assertTrue(all(bundle["isActive"] for bundle in bundles.values()))

    def test_older_generations_of_bundles_are_listed_as_inactive_when_asked_for(self):
        bundles = {b["bundleId"]: b for b in every(self.client, "get_bundles", "bundles", includeInactive=True)}
        self.assertFalse(bundles["nano_2_0"]["isActive"])
        self.assertTrue(bundles[BUNDLE]["isActive"])

    def test_only_blueprints_that_machines_can_be_made_of_are_active(self):
        active = {b["blueprintId"] for b in every(self.client, "get_blueprints", "blueprints")}
        self.assertEqual("debian_12" in active, ENGINE == "incus")
        self.assertIn("sandbox", active)
        every_one = {b["blueprintId"]: b for b in every(self.client, "get_blueprints", "blueprints", includeInactive=True)}
        self.assertEqual({name for name, b in every_one.items() if b["isActive"]}, active)
        self.assertEqual(every_one["debian_12"]["platform"], "LINUX_UNIX")

    def test_an_unknown_page_token_is_refused(self):
        for call in ("get_instances", "get_key_pairs", "get_operations", "get_active_names"):
            self.refused("InvalidInputException", getattr(self.client, call), pageToken="nonsense")
