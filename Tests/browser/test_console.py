"""What a person does in the console, on the local engine."""
import subprocess
import tempfile

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
        me.open("/create").fill("name", "plain").choose("key", "default").choose("plan", "small").fill("count", "3")
        # What is chosen stays, and nothing is made yet.
        me.press("Show the price")
        self.assertIn("36.00 USD a month", me.text("#total"))
        self.assertIn("3 × Small", me.text("#total"))
        self.assertEqual(me.find("#name").get_attribute("value"), "plain")
        self.assertEqual(listed("instance", "list"), [])
        me.fill("count", "1").press("Create")
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


class Alarms(Case):
    def test_an_alarm_is_made_tried_and_deleted(self):
        me = self.browser()
        me.open("/create").fill("name", "watched").choose("key", "default").press("Create")
        me.sees("running", within="#instance-head").sees("None. An alarm watches one metric", within="#alarms")
        me.click("#alarms summary").fill("alarm", "hot").fill("threshold", "much").press("Make it")
        self.assertIn("'much' is no number", me.text("#threshold-fault"))
        self.assertEqual(me.find("#alarm").get_attribute("value"), "hot")
        me.fill("threshold", "90").fill("periods", "3").press("Make it")
        rule = "CPU used is at least 90 % in 3 of the last 3 periods of 5 minutes"
        me.sees("hot", rule, "not enough data yet", within="#alarms")
        me.click("#alarms summary").fill("alarm", "hot").press("Make it")
        self.assertIn("There is an alarm 'hot' already", me.text("#alarm-fault"))
        me.open("/alarms").sees(rule, "This Sloop sends no notices").press("Try it hot")
        until("the alarm", lambda: me.text("#alarm-list .chip") == "alarm")
        me.open("/instances/watched").press("Delete hot").sees("None. An alarm watches one metric", within="#alarms")
        sloop("instance", "delete", "watched")
        me.open("/alarms").sees("None yet.")
        self.assertNoComplaints(me)


# What a browser that can write files gives a page, in memory that outlives the page.
PICKER = """
window.showSaveFilePicker = async (wanted) => {
  if (window.refusal) throw new DOMException("closed", "AbortError");
  sessionStorage.setItem("name", wanted.suggestedName);
  sessionStorage.setItem("file", "");
  return {
    createWritable: async () => ({
      write: async (text) => { if (!window.isFull) sessionStorage.setItem("file", text); },
      close: async () => {},
    }),
    getFile: async () => ({ text: async () => sessionStorage.getItem("file") }),
  };
};
"""


class Keys(Case):
    def test_one_click_rotates_when_the_browser_can_say_that_the_new_key_is_saved(self):
        me = self.browser()
        me.open("/create").fill("name", "turn").choose("key", "new").fill("new-key", "wheel").press("Create")
        me.press("See turn start").sees("running", within="#instance-head")

        def fingerprint():
            return next(pair["fingerprint"] for pair in listed("key", "list") if pair["name"] == "wheel")
        before = fingerprint()
        forget = me.before_pages(PICKER)
        self.addCleanup(forget)
        me.open("/keys/wheel")
        # Nothing happens if the dialog is closed, or if the file turns out not to hold the key.
        me.run("window.refusal = true")
        me.click("[data-rotate] button")
        me.run("window.refusal = false; window.isFull = true")
        me.click("[data-rotate] button").sees("Nothing was rotated: the file does not hold the new key.", within="#notice")
        self.assertEqual(fingerprint(), before)
        me.run("window.isFull = false")
        me.click("[data-rotate] button")
        until("the rotation", lambda: me.text("table.rotation tbody tr").count("✓") == 4)
        self.assertEqual(me.run("return sessionStorage.getItem('name')"), "wheel-new.pem")
        with tempfile.NamedTemporaryFile("w") as file:
            file.write(me.run("return sessionStorage.getItem('file')"))
            file.flush()
            shown = subprocess.run(["ssh-keygen", "-lf", file.name], capture_output=True, text=True, check=True).stdout
        self.assertNotEqual(fingerprint(), before)
        self.assertIn(fingerprint(), shown)
        sloop("instance", "delete", "turn")
        self.assertNoComplaints(me)

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
