import json
import os
import re
import sys
import tempfile

from programs import HOME, run
from stage import BLUEPRINT, ENDPOINT, REGION, Case, only_incus, until

PORTS = [{"from_port": 22, "to_port": 22, "protocol": "tcp", "cidrs": ["0.0.0.0/0"], "ipv6_cidrs": ["::/0"]}]


class Ansible(Case):
    """community.aws.lightsail and its sisters. Whether something changed they find out by comparing two answers."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name
        self.environment = {
            "ANSIBLE_COLLECTIONS_PATH": os.path.join(HOME, "collections"), "ANSIBLE_HOME": self.folder,
            "ANSIBLE_REMOTE_TEMP": os.path.join(self.folder, "tmp"),
            "ANSIBLE_PYTHON_INTERPRETER": sys.executable, "ANSIBLE_LOCALHOST_WARNING": "false",
            "ANSIBLE_INVENTORY_UNPARSED_WARNING": "false", "ANSIBLE_DEPRECATION_WARNINGS": "false",
            "ANSIBLE_NOCOLOR": "true", "LANG": "C.UTF-8", "LC_ALL": "C.UTF-8"}

    def module(self, name, /, **arguments):
        """Whether the module changed something, and what it answers."""
        done = run(
            self.account, "ansible", "-i", "localhost,", "localhost", "-c", "local", "-m", "community.aws." + name, "-a",
            json.dumps(arguments), folder=self.folder, environment=self.environment)
        found = re.search(r"localhost \| (\w+)!? => (\{.*\})", done.stdout, re.S)
        self.assertTrue(found, f"{name} {arguments}: {done.stdout}{done.stderr}")
        self.assertIn(found[1], ("CHANGED", "SUCCESS"), f"{name} {arguments}: {found[2][:3000]}")
        answer = json.loads(found[2])
        return answer["changed"], answer

    def playbook(self, **variables):
        """How many tasks changed something."""
        done = run(
            self.account, "ansible-playbook", "-i", "localhost,", "-e", json.dumps(variables),
            os.path.abspath("Tests/clients/playbook.yml"), folder=self.folder, environment=self.environment)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        return int(re.search(r"changed=(\d+)", done.stdout)[1])

    def test_a_playbook_makes_a_server_and_changes_nothing_the_second_time(self):
        variables = {"server": "played", "blueprint": BLUEPRINT, "ports": PORTS}
        self.assertEqual(self.playbook(**variables), 1)
        self.assertEqual(self.playbook(**variables), 0)
        ports = self.client.get_instance(instanceName="played")["instance"]["networking"]["ports"]
        self.assertEqual([(p["fromPort"], p["toPort"], p["protocol"]) for p in ports], [(22, 22, "tcp")])

    def test_stop_start_restart_and_delete(self):
        make = {"name": "steps", "zone": "us-east-1a", "blueprint_id": BLUEPRINT, "bundle_id": "nano_3_0"}
        changed, answer = self.module("lightsail", **make)
        self.assertTrue(changed)
        self.assertEqual(answer["instance"]["state"]["name"], "running")
        self.assertFalse(self.module("lightsail", **make)[0])
        for state, changes in [("stopped", True), ("stopped", False), ("running", True), ("running", False)]:
            changed, answer = self.module("lightsail", name="steps", state=state)
            self.assertEqual((changed, answer["instance"]["state"]["name"]), (changes, state))
        self.assertTrue(self.module("lightsail", name="steps", state="rebooted")[0])
        until("the end of the reboot", lambda: self.client.get_operations_for_resource(
            resourceName="steps")["operations"][0]["isTerminal"])
        self.assertTrue(self.module("lightsail", name="steps", state="absent")[0])
        self.assertFalse(self.module("lightsail", name="steps", state="absent")[0])

    def test_the_endpoint_can_be_given_as_a_parameter(self):
        self.environment["AWS_ENDPOINT_URL"] = "http://127.0.0.1:1"
        changed, _ = self.module("lightsail", name="nobody", state="absent", endpoint_url=ENDPOINT, region=REGION)
        self.assertFalse(changed)

    @only_incus
    def test_static_addresses(self):
        changed, answer = self.module("lightsail_static_ip", name="fixed")
        self.assertTrue(changed)
        self.assertEqual(answer["static_ip"]["name"], "fixed")
        self.assertFalse(self.module("lightsail_static_ip", name="fixed")[0])
        self.assertTrue(self.module("lightsail_static_ip", name="fixed", state="absent")[0])
        self.assertFalse(self.module("lightsail_static_ip", name="fixed", state="absent")[0])

    @only_incus
    def test_snapshots(self):
        self.make_instance("source")
        make = {"snapshot_name": "copy-of-source", "instance_name": "source"}
        changed, answer = self.module("lightsail_snapshot", **make)
        self.assertTrue(changed)
        self.assertEqual(answer["instance_snapshot"]["state"], "available")
        self.assertFalse(self.module("lightsail_snapshot", **make)[0])
        self.assertTrue(self.module("lightsail_snapshot", snapshot_name="copy-of-source", state="absent")[0])
        self.assertFalse(self.module("lightsail_snapshot", snapshot_name="copy-of-source", state="absent")[0])
