import base64

from botocore import xform_name

from inputs import least
from test_every_operation import documented
from stage import BLUEPRINT, BUNDLE, ENGINE, REGION, ZONE, Case, every


class Catalog(Case):
    def test_the_region_has_the_zones_that_clients_write_into_their_files(self):
        regions = self.client.get_regions(includeAvailabilityZones=True)["regions"]
        self.assertEqual([region["name"] for region in regions], [REGION, "eu-central-1"])
        region = regions[0]
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

    def test_an_unknown_page_token_is_refused_by_every_list(self):
        model = self.client.meta.service_model
        paged = [n for n in sorted(documented()[0]) if "pageToken" in getattr(model.operation_model(n).input_shape, "members", {})]
        self.assertEqual(len(paged), 13)
        other = base64.b64encode(b"GetNothing\n7").decode()
        for name in paged:
            call = getattr(self.client, xform_name(name))
            for token in ("nonsense", other, "é"):
                with self.subTest(name, token=token):
                    self.refused("InvalidInputException", call, **least(model.operation_model(name), pageToken=token))

    def test_an_id_that_was_given_to_a_blueprint_makes_instances_of_it(self):
        made = self.make_instance("alias", blueprintId="amazon_linux_2", bundleId="nano_1_0")
        self.assertEqual((made["blueprintId"], made["bundleId"]), ("amazon_linux_2", "nano_1_0"))
        self.assertTrue(made["blueprintName"])
        listed = {b["blueprintId"]: b["isActive"] for b in every(self.client, "get_blueprints", "blueprints")}
        self.assertTrue(listed["amazon_linux_2"] and listed[BLUEPRINT])
