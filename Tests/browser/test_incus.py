"""What only real machines can show, on the engine Incus."""
import urllib.request

from browser import sloop, until
from stage import Case, listed
from test_terminal import SLOW, shown


class RealMachine(Case):
    def test_nginx_serves_its_page_and_its_ports_disks_snapshots_and_addresses_are_its_users(self):
        me = self.browser()
        me.open("/create")
        # What is chosen for who chooses nothing needs no server of images.
        self.assertTrue(me.find("input[name=blueprint][value=debian-12]").is_selected())
        me.choose("blueprint", "nginx").choose("key", "new").fill("new-key", "laptop").fill("name", "web")
        me.fill("script", "#!/bin/sh\necho 'Hello from the console' >/var/www/html/index.html\n").press("Create")
        me.press("See web start").sees("script succeeded", within="#instance-head")
        address = [one for one in listed("instance", "list") if one["name"] == "web"][0]["publicAddress"]
        self.assertEqual(me.find("#instance-head dd a").get_attribute("href"), f"http://{address}/")
        me.driver.get(f"http://{address}/")
        until("the page", lambda: "Hello from the console" in me.text("body"))

        me.open("/instances/web").press("Close 80/tcp").sees("22/tcp")
        self.assertNotIn("80/tcp", me.text("#instance-network"))
        until("the port to be closed", lambda: not self.answers(address))
        me.fill("from", "80").press("Open").sees("80/tcp", within="#instance-network")
        until("the port to be open", lambda: self.answers(address))
        me.fill("from", "8080").fill("sources", "203.0.113.0/24, 198.51.100.7/32").press("Open")
        me.sees("8080/tcp", "203.0.113.0/24, 198.51.100.7/32", within="#instance-network").press("Close 8080/tcp")
        me.fill("from", "99999").press("Open")
        self.assertIn("no range of tcp ports", me.text("#port-fault"))

        me.open("/instances/web").fill("new-address", "front").press("Attach", within="#network")
        me.sees("Static address front", within="#network")
        moved = me.text("#instance-head dd").split()[0]
        self.assertNotEqual(moved, address)
        until("the page at its new address", lambda: self.answers(moved))

        me.open("/storage").fill("disk", "data").fill("size", "8").press("Create").sees("data", "not attached")
        me.open("/instances/web").press("Attach", within="#storage").sees("/mnt/data", "attached", within="#storage")
        me.press("Turn on of automatic snapshots of web").sees("One is taken every day at", within="#storage")
        me.press("Turn off automatic snapshots of web").sees("Take one every day at", within="#storage")
        me.open("/storage").click("#snapshots-of-data summary").fill("snapshot", "data-1").press("Take it of data")
        me.sees("of the disk data", "complete").fill("made", "data-again").press("Make a disk of data-1")
        until("the other disk", lambda: me.text("#storage-lists").count("not attached") == 1)
        me.press("Delete data-again").press("Delete data-1")
        me.open("/instances/web").fill("snapshot", "web-1").press("Take it").sees("web-1", "complete", within="#storage")

        me.press("Open a terminal here").sees("connected", within="#terminal-state")
        me.type("echo $(id -un)@$(hostname) $((6 * 7))\n")
        until("the answer", lambda: "admin@web 42" in shown(me))
        me.press("web", within=".crumbs")

        me.press("Delete…").sees("The static address front", "The disk data, detached", "The snapshot web-1")
        me.press("Delete web for good").sees("No instance yet")
        me.open("/cost").sees("Billed for nothing", "The disk data is attached to nothing.",
                              "The static address front is attached to nothing.")
        me.open("/storage").fill("made", "again").press("Make an instance of web-1")
        me.sees("running", within="#instance-head")
        sloop("instance", "delete", "again")
        me.open("/storage").press("Delete data").press("Release front").press("Delete web-1")
        until("all to be gone", lambda: not (listed("disk", "list") + listed("snapshot", "list") + listed("address", "list")))
        self.assertNoComplaints(me, SLOW)

    @staticmethod
    def answers(address):
        try:
            with urllib.request.urlopen(f"http://{address}/", timeout=3) as page:
                return b"Hello from the console" in page.read()
        except OSError:
            return False
