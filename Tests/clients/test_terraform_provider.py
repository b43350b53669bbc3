import json
import os
import re
import shutil
import subprocess
import tempfile

from stage import BLUEPRINT, ENDPOINT, ENGINE, PATIENCE, Case, every, needs

SOURCES = os.path.abspath("Tests/clients/terraform")
# The folder with the provider, as scripts/test-clients found it.
PLUGINS = os.environ.get("SLOOP_TEST_TERRAFORM", "")
KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIFbVgTMA2H2F6ZqYQvJj9cxLJyBz7Qc3iVTT0JUqVvdH somebody@example.net"
# What can be taken over into a state, by the id that people give.
IMPORTS = {
    "aws_lightsail_instance.web": "tf-web", "aws_lightsail_domain_entry.mail": ",tf.example.net,MX,10 mail.example.net",
    "aws_lightsail_domain_entry.note": '_note,tf.example.net,TXT,"hello"'}
IMPORTS_INCUS = {
    "aws_lightsail_instance.app": "tf-app", "aws_lightsail_disk.data": "tf-data",
    "aws_lightsail_disk_attachment.data": "tf-data,tf-app"}


@needs("SLOOP_TEST_TERRAFORM")
class Terraform(Case):
    """The provider aws itself: it makes, finds nothing to change, changes, finds what went, takes over and destroys."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name
        shutil.copy(os.path.join(SOURCES, "main.tf"), self.folder)
        if ENGINE == "incus":
            shutil.copy(os.path.join(SOURCES, "incus.tf"), self.folder)
        with open(os.path.join(self.folder, "cli.tfrc"), "w") as file:
            file.write(f'provider_installation {{\n  filesystem_mirror {{ path = "{PLUGINS}" }}\n}}\n')
        self.variables = {"endpoint": ENDPOINT, "blueprint": BLUEPRINT, "public_key": KEY}
        self.terraform("init", "-input=false", plain=True)

    def terraform(self, command, *words, fails=False, plain=False, **variables):
        """What terraform says, of the configuration with these values."""
        with open(os.path.join(self.folder, "terraform.tfvars.json"), "w") as file:
            json.dump(self.variables | variables, file)
        done = subprocess.run(
            ["terraform", command, "-no-color", *words, *([] if plain else ["-input=false", "-parallelism=20"])],
            cwd=self.folder, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
            timeout=2 * PATIENCE, env=self.account.environment | {
                "TF_CLI_CONFIG_FILE": os.path.join(self.folder, "cli.tfrc"), "CHECKPOINT_DISABLE": "1",
                "TF_IN_AUTOMATION": "1"})
        self.assertEqual(done.returncode != 0, fails, f"terraform {command}: {done.stdout}")
        return done.stdout

    def test_a_configuration_is_made_changed_taken_over_and_destroyed(self):
        is_incus = ENGINE == "incus"
        said = self.terraform("apply", "-auto-approve")
        made = int(re.search(r"Apply complete! Resources: (\d+) added, 0 changed, 0 destroyed", said)[1])
        self.assertEqual(made, 13 if is_incus else 6)
        self.assertIn("No changes.", self.terraform("plan"))
        if is_incus:
            states = self.client.get_instance_port_states(instanceName="tf-app")["portStates"]
            self.assertEqual(
                sorted((s["fromPort"], sorted(s["cidrs"]), s["cidrListAliases"]) for s in states),
                [(22, ["0.0.0.0/0"], []), (2222, [], ["lightsail-connect"]),
                 (8000, ["192.0.2.0/24", "203.0.113.7/32"], [])])
            self.assertEqual(self.client.get_disk(diskName="tf-data")["disk"]["attachedTo"], "tf-app")

        # What somebody else took away is made again, and what is new in the configuration is changed in place.
        entry = [e for e in self.client.get_domain(domainName="tf.example.net")["domain"]["domainEntries"]
                 if e["type"] == "TXT"][0]
        self.settle(self.client.delete_domain_entry(domainName="tf.example.net", domainEntry=entry))
        if is_incus:
            self.settle(self.client.detach_static_ip(staticIpName="tf-address"))
        changed = {"tags": {"team": "blue"}, "snapshot_time": "07:00", "ip_address_type": "ipv4"}
        said = self.terraform("apply", "-auto-approve", **changed)
        self.assertIn(
            f"Resources: {2 if is_incus else 1} added, {4 if is_incus else 2} changed, 0 destroyed", said)
        self.assertEqual(
            self.client.get_instance(instanceName="tf-web")["instance"]["tags"], [{"key": "team", "value": "blue"}])

        # A state that knows nothing takes all over as it is, without changes. The script of an instance is in no answer.
        imports = IMPORTS | (IMPORTS_INCUS if is_incus else {})
        with open(os.path.join(self.folder, "imports.tf"), "w") as file:
            for resource, name in imports.items():
                file.write(f"import {{\n  to = {resource}\n  id = {json.dumps(name)}\n}}\n")
        said = self.terraform("plan", "-state=nothing.tfstate", user_data=None, **changed)
        self.assertIn(f"Plan: {len(imports)} to import, {made - len(imports)} to add, 0 to change, 0 to destroy", said)
        os.remove(os.path.join(self.folder, "imports.tf"))

        # What is not offered says so, each by itself.
        shutil.copy(os.path.join(SOURCES, "declined/declined.tf"), self.folder)
        said = self.terraform("apply", "-auto-approve", fails=True, **changed)
        for operation in ("CreateBucket", "CreateCertificate", "CreateContainerService", "CreateRelationalDatabase",
                          "CreateDistribution", "CreateLoadBalancer"):
            self.assertIn(f"Sloop does not offer {operation}", re.sub(r"\s+", " ", said))
        os.remove(os.path.join(self.folder, "declined.tf"))

        said = self.terraform("destroy", "-auto-approve", **changed)
        self.assertIn(f"Destroy complete! Resources: {made} destroyed", said)
        names = every(self.client, "get_active_names", "activeNames")
        self.assertEqual([name for name in names if name != "LightsailDefaultKeyPair"], [])
