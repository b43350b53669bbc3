"""What a person does in the console, on the local engine."""
import time

from browser import sloop, until
from stage import Case, listed

SCRIPT = """#!/bin/sh
for i in 1 2 3; do echo "step $i"; sleep 0.3; done
printf '\\033[31m<script>window.hacked = 1</script>\\033[0m <img src=x onerror="window.hacked = 1">\\n'
exit 3
"""


class MainWay(Case):
    """From nothing to a server, and away again."""

    def test_a_person_gets_a_server_sees_it_start_rotates_its_key_and_deletes_it(self):
        me = self.browser()
        me.sees("No instance yet").press("Create your first instance")
        me.choose("blueprint", "static-site").choose("plan", "small")
        me.fill("name", "web").choose("key", "new").fill("new-key", "laptop").fill("tags", "team=blue").fill("script", SCRIPT)
        self.assertIn("12.00 USD a month", me.text("#total"))
        me.press("Create").sees("Save the private key of laptop", "This is the only time that it is shown.")
        key = me.run("return document.querySelector('a[download]').href")
        self.assertTrue(key.startswith("data:application/x-pem-file;base64,"))
        me.press("See web start")
        # The page is not loaded again.
        me.run("window.mark = 1")
        me.sees("step 1", "step 3", within="#log").sees("script failed (3)", within="#instance-head")
        self.assertEqual(me.run("return window.mark"), 1)
        self.assertIn('<script>window.hacked = 1</script> <img src=x onerror="window.hacked = 1">', me.text("#log"))
        me.sees("create instance", "run launch script", within="#history")
        self.assertIsNone(me.run("return window.hacked"))
        me.open("/").sees("1 instance, 1 running", "12.00 USD", "team: blue")

        me.open("/keys").press("Rotate laptop…").sees("Nothing was changed yet", "web at once")
        me.press("I have saved it, rotate now")
        until("the rotation", lambda: me.text("table.rotation tbody tr").count("✓") == 4)
        me.sees("web ✓ added ✓ by a login ✓ removed ✓ refused", "done")

        me.open("/instances/web").press("Stop").sees("stopped", within="#instance-head")
        me.open("/cost").sees("Billed for nothing", "The instance web is stopped.", "12.00")
        me.open("/instances/web").press("Start").sees("running", within="#instance-head")

        me.press("Delete…").sees("The machine, its disk and everything on it.", "The key pair laptop, which costs nothing.")
        me.press("Delete web for good").sees("No instance yet")
        me.open("/cost").sees("web", "deleted")
        self.assertNoComplaints(me)

    def test_it_works_without_scripts(self):
        me = self.browser(script=False)
        me.open("/create").fill("name", "plain").choose("key", "default").press("Create")
        self.assertEqual(me.path, "/instances/plain")
        until("the instance to run", lambda: "running" in me.open("/instances/plain").text("#instance-head"))
        me.press("Delete…").press("Delete plain for good")
        until("the instance to go", lambda: "plain" not in me.open("/").text("main"))

    def test_what_is_wrong_stands_beside_the_field_and_nothing_is_lost(self):
        me = self.browser()
        me.open("/create").fill("name", "-").fill("script", "#!/bin/sh\necho kept\n").choose("plan", "micro").press("Create")
        self.assertIn("not a valid resource name", me.text("#name-fault"))
        self.assertEqual(me.find("#name").get_attribute("aria-invalid"), "true")
        self.assertIn("name-fault", me.find("#name").get_attribute("aria-describedby"))
        self.assertEqual(me.find("#script").get_attribute("value"), "#!/bin/sh\necho kept\n")
        self.assertTrue(me.find("input[name=plan][value=micro]").is_selected())
        self.assertEqual(listed("instance", "list"), [])
        self.assertNotIn("-", [pair["name"] for pair in listed("key", "list")])
        me.open("/keys").fill("import-name", "mine").fill("public-key", "no key").press("Import")
        self.assertTrue(me.find("#public-key-fault").is_displayed())
        self.assertEqual(me.find("#import-name").get_attribute("value"), "mine")

    def test_what_the_engine_cannot_do_is_greyed_with_the_reason(self):
        me = self.browser()
        nginx = me.open("/create").find("input[name=blueprint][value=nginx]")
        self.assertFalse(nginx.is_enabled())
        self.assertIn("Needs a machine of its own, which the engine 'local' does not make.",
                      me.run("return arguments[0].closest('label').textContent", nginx))
        me.open("/storage").sees("The engine 'local' has no disks to attach.", "The engine 'local' makes no snapshots.")


class Keys(Case):
    def test_a_created_access_key_works_as_the_page_says(self):
        me = self.browser()
        me.open("/settings").press("Create an access key").sees("This is the only time that the secret is shown.")
        snippet = me.text("#aws-snippet")
        self.assertIn(f"aws configure set aws_access_key_id {me.text('#key-id')} --profile sloop", snippet)
        self.assertIn(f'lightsail = "{me.endpoint}"', me.text("#terraform-snippet"))
        me.press("I have saved it").sees(listed("access-key", "list")[-1]["accessKeyId"], "enabled")
        me.press("Disable " + listed("access-key", "list")[-1]["accessKeyId"])
        me.sees("disabled")

    def test_two_tabs_show_the_same_at_the_same_time(self):
        me = self.browser()
        me.open("/keys").fill("name", "shared").press("Create").press("I have saved it")
        first = me.driver.current_window_handle
        me.driver.switch_to.new_window("tab")
        me.open("/keys").sees("shared")
        me.open("/keys/shared").press("Rotate to a new key…").press("I have saved it, rotate now").sees("Rotation of")
        fingerprint = [pair for pair in listed("key", "list") if pair["name"] == "shared"][0]["fingerprint"]
        me.driver.switch_to.window(first)
        me.sees(fingerprint)
        other = self.browser()
        other.open("/keys").sees(fingerprint)
        me.open("/keys/shared").press("Forget shared").sees("New key pair")
        until("the other's list", lambda: "shared" not in other.text("main"))
