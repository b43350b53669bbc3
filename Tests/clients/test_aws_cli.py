import os
import subprocess
import tempfile

from programs import aws, run
from stage import BLUEPRINT, BUNDLE, ENDPOINT, PATIENCE, SSH_PORT, ZONE, Case, only_incus, until


class AWSCommandLine(Case):
    """The way from nothing to a login, by `aws lightsail` and `ssh` alone."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name

    def aws(self, *words):
        return aws(self.account, *words, folder=self.folder)

    def write(self, name, text):
        with open(os.open(os.path.join(self.folder, name), os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600), "w") as file:
            file.write(text)

    def create(self, name, *more):
        made = self.aws(
            "create-instances", "--instance-names", name, "--availability-zone", ZONE, "--blueprint-id", BLUEPRINT,
            "--bundle-id", BUNDLE, *more)["operations"]
        self.assertEqual([(o["operationType"], o["status"]) for o in made], [("CreateInstance", "Started")])
        last = until(
            f"the creation of {name}", lambda: next((o for o in [
                self.aws("get-operation", "--operation-id", made[0]["id"])["operation"]] if o["isTerminal"]), None))
        self.assertEqual(last["status"], "Succeeded")
        return self.aws("get-instance", "--instance-name", name)["instance"]

    def know(self, address, keys):
        """Writes the known_hosts that ssh is given."""
        host = address if SSH_PORT == "22" else f"[{address}]:{SSH_PORT}"
        self.write("known_hosts", "".join(f"{host} {key['algorithm']} {key['publicKey']}\n" for key in keys))

    def ssh(self, user, host, *words, identity):
        return subprocess.run([
            "ssh", "-F", "/dev/null", "-i", identity, "-p", SSH_PORT, "-o",
            "UserKnownHostsFile=known_hosts", "-o", "GlobalKnownHostsFile=/dev/null", "-o", "StrictHostKeyChecking=yes",
            "-o", "IdentitiesOnly=yes", "-o", "IdentityAgent=none", "-o", "BatchMode=yes", "-o", "ConnectTimeout=20",
            f"{user}@{host}", *words], cwd=self.folder, capture_output=True, text=True, timeout=PATIENCE)

    def test_from_nothing_to_a_login(self):
        pair = self.aws("create-key-pair", "--key-pair-name", "laptop")
        self.write("laptop.pem", pair["privateKeyBase64"])
        self.write("setup.sh", "#!/bin/sh\necho ready > ~admin/ready 2>/dev/null || echo ready > ~/ready\n")
        instance = self.create(
            "web", "--key-pair-name", "laptop", "--user-data", "file://setup.sh", "--tags", "key=team,value=blue")
        self.assertEqual((instance["state"]["name"], instance["sshKeyName"]), ("running", "laptop"))
        details = self.aws("get-instance-access-details", "--instance-name", "web", "--protocol", "ssh")["accessDetails"]
        self.know(details["ipAddress"], details["hostKeys"])
        self.write("tempkey", details["privateKey"])
        self.write("tempkey-cert.pub", details["certKey"] + "\n")
        done = self.ssh(details["username"], details["ipAddress"], "hostname", identity="tempkey")
        self.assertEqual((done.stdout, done.returncode), ("web\n", 0), done.stderr)
        until("what the launch script writes", lambda: self.ssh(
            details["username"], details["ipAddress"], "cat", "ready", identity="laptop.pem").stdout == "ready\n")
        self.aws("stop-instance", "--instance-name", "web")
        until("stopped", lambda: self.aws("get-instance-state", "--instance-name", "web")["state"]["name"] == "stopped")
        self.aws("delete-instance", "--instance-name", "web")
        self.aws("delete-key-pair", "--key-pair-name", "laptop")
        done = run(self.account, "aws", "lightsail", "get-instance", "--instance-name", "web")
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("(NotFoundException)", done.stderr)

    def test_lists_and_queries(self):
        self.create("listed")
        names = self.aws("get-instances", "--query", "instances[].name")
        self.assertIn("listed", names)
        self.assertIn(BUNDLE, self.aws("get-bundles", "--query", "bundles[].bundleId"))
        self.assertIn("listed", self.aws("get-active-names")["activeNames"])

    @only_incus
    def test_a_static_address_and_open_ports(self):
        self.create("front")
        states = self.aws("get-instance-port-states", "--instance-name", "front")["portStates"]
        self.assertIn(("tcp", 22), [(state["protocol"], state["fromPort"]) for state in states])
        self.aws("open-instance-public-ports", "--instance-name", "front", "--port-info",
                 "fromPort=443,protocol=TCP,toPort=443")
        states = self.aws("get-instance-port-states", "--instance-name", "front")["portStates"]
        self.assertIn(("tcp", 443, 443), [(s["protocol"], s["fromPort"], s["toPort"]) for s in states])
        self.aws("allocate-static-ip", "--static-ip-name", "fixed")
        self.aws("attach-static-ip", "--static-ip-name", "fixed", "--instance-name", "front")
        fixed = self.aws("get-static-ip", "--static-ip-name", "fixed")["staticIp"]
        details = self.aws("get-instance-access-details", "--instance-name", "front")["accessDetails"]
        self.assertEqual(details["ipAddress"], fixed["ipAddress"])
        self.know(fixed["ipAddress"], details["hostKeys"])
        self.write("tempkey", details["privateKey"])
        self.write("tempkey-cert.pub", details["certKey"] + "\n")
        done = self.ssh(details["username"], fixed["ipAddress"], "hostname", identity="tempkey")
        self.assertEqual(done.stdout, "front\n", done.stderr)
        self.aws("detach-static-ip", "--static-ip-name", "fixed")
        self.aws("release-static-ip", "--static-ip-name", "fixed")
        self.aws("delete-instance", "--instance-name", "front")

    def test_an_imported_key_opens_the_machine(self):
        subprocess.run(["ssh-keygen", "-q", "-t", "rsa", "-N", "", "-f", os.path.join(self.folder, "id")], check=True)
        with open(os.path.join(self.folder, "id.pub")) as file:
            self.aws("import-key-pair", "--key-pair-name", "mine", "--public-key-base64", file.read())
        instance = self.create("imported", "--key-pair-name", "mine")
        keys = self.aws("get-instance-access-details", "--instance-name", "imported")["accessDetails"]["hostKeys"]
        self.know(instance["publicIpAddress"], keys)
        done = self.ssh(instance["username"], instance["publicIpAddress"], "echo", "in", identity="id")
        self.assertEqual(done.stdout, "in\n", done.stderr)

    def test_errors_are_those_of_lightsail(self):
        for words, error in [
            (["get-instance", "--instance-name", "nobody"], "(NotFoundException)"),
            (["get-load-balancers"], "(UnknownOperationException)"),
            (["create-instances", "--instance-names", "x1", "--availability-zone", ZONE, "--blueprint-id", "nonsense",
              "--bundle-id", BUNDLE], "(InvalidInputException)"),
        ]:
            done = run(self.account, "aws", "lightsail", *words)
            self.assertIn(error, done.stderr)
            self.assertNotEqual(done.returncode, 0)

    def test_a_wrong_secret_is_refused(self):
        done = run(self.account, "aws", "lightsail", "get-instances", environment={"AWS_SECRET_ACCESS_KEY": "x" * 40})
        self.assertIn("(InvalidSignatureException)", done.stderr)
        done = run(self.account, "aws", "lightsail", "get-instances", environment={"AWS_ACCESS_KEY_ID": "AKIA" + "X" * 16})
        self.assertIn("(UnrecognizedClientException)", done.stderr)

    def test_the_endpoint_can_be_given_as_an_option(self):
        done = run(
            self.account, "aws", "--endpoint-url", ENDPOINT, "lightsail", "get-regions",
            environment={"AWS_ENDPOINT_URL": "http://127.0.0.1:1"})
        self.assertEqual(done.returncode, 0, done.stderr)
