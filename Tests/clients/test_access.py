import os
import subprocess
import tempfile

from stage import ENGINE, PATIENCE, SSH_PORT, Case, until


class Access(Case):
    """GetInstanceAccessDetails, as people use it: by the real ssh, with the host key pinned."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name

    def write(self, name, text, mode=0o600):
        path = os.path.join(self.folder, name)
        with open(os.open(path, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, mode), "w") as file:
            file.write(text)
        return path

    def log_in(self, details, command, key=None, options=()):
        """What the command writes, run by ssh with the answer's key, certificate and host keys and nothing else."""
        host = details["ipAddress"] if SSH_PORT == "22" else f"[{details['ipAddress']}]:{SSH_PORT}"
        hosts = self.write("known_hosts", "".join(
            f"{host} {k['algorithm']} {k['publicKey']}\n" for k in details["hostKeys"]))
        if key is None:
            key = self.write("tempkey", details["privateKey"])
            self.write("tempkey-cert.pub", details["certKey"].strip() + "\n")
        done = subprocess.run([
            "ssh", "-F", "/dev/null", "-i", key, "-p", SSH_PORT, "-o", "StrictHostKeyChecking=yes", "-o",
            f"UserKnownHostsFile={hosts}", "-o", "GlobalKnownHostsFile=/dev/null", "-o", "IdentitiesOnly=yes", "-o",
            "IdentityAgent=none", "-o", "BatchMode=yes", "-o", "ConnectTimeout=20", *options,
            f"{details['username']}@{details['ipAddress']}", command], capture_output=True, text=True, timeout=PATIENCE)
        return done

    def test_the_temporary_key_and_certificate_open_the_machine(self):
        made = self.client.create_key_pair(keyPairName="laptop")
        instance = self.make_instance("door", keyPairName="laptop")
        self.assertEqual(instance["sshKeyName"], "laptop")
        details = self.client.get_instance_access_details(instanceName="door", protocol="ssh")["accessDetails"]
        self.assertEqual(details["instanceName"], "door")
        self.assertEqual(details["protocol"], "ssh")
        self.assertEqual(details["ipAddress"], instance["publicIpAddress"])
        self.assertEqual(details["username"], instance["username"])
        done = self.log_in(details, "id -un")
        self.assertEqual((done.stdout.strip(), done.returncode), (details["username"], 0), done.stderr)
        # The key alone, without its certificate, opens nothing; the key pair does.
        bare = self.write("bare", details["privateKey"])
        self.assertIn("Permission denied", self.log_in(details, "true", key=bare).stderr)
        laptop = self.write("laptop", made["privateKeyBase64"])
        done = self.log_in(details, "id -un", key=laptop)
        self.assertEqual(done.stdout.strip(), details["username"], done.stderr)

    def test_the_certificate_says_who_may_log_in_and_until_when(self):
        self.make_instance("paper")
        details = self.client.get_instance_access_details(instanceName="paper")["accessDetails"]
        path = self.write("cert.pub", details["certKey"].strip() + "\n")
        text = subprocess.run(["ssh-keygen", "-L", "-f", path], capture_output=True, text=True, check=True).stdout
        self.assertIn("user certificate", text)
        self.assertIn(details["username"], text.split("Principals:")[1])
        again = self.client.get_instance_access_details(instanceName="paper")["accessDetails"]
        self.assertNotEqual(again["privateKey"], details["privateKey"])

    def test_another_host_key_is_refused_by_ssh(self):
        self.make_instance("pinned")
        details = self.client.get_instance_access_details(instanceName="pinned")["accessDetails"]
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", self.folder + "/other"], check=True)
        with open(self.folder + "/other.pub") as file:
            algorithm, blob = file.read().split()[:2]
        details["hostKeys"] = [{**details["hostKeys"][0], "algorithm": algorithm, "publicKey": blob}]
        self.assertIn("Host key verification failed", self.log_in(details, "true").stderr)

    def test_fingerprints_of_host_keys_are_those_that_ssh_shows(self):
        self.make_instance("seal")
        details = self.client.get_instance_access_details(instanceName="seal")["accessDetails"]
        for key in details["hostKeys"]:
            path = self.write("host.pub", f"{key['algorithm']} {key['publicKey']}\n")
            for kind, member in [("sha256", "fingerprintSHA256"), ("sha1", "fingerprintSHA1")]:
                shown = subprocess.run(
                    ["ssh-keygen", "-l", "-E", kind, "-f", path], capture_output=True, text=True, check=True).stdout
                self.assertEqual(shown.split()[1], key[member])

    def test_known_host_keys_can_be_forgotten_and_are_read_anew(self):
        self.make_instance("memory")
        before = self.client.get_instance_access_details(instanceName="memory")["accessDetails"]["hostKeys"]
        operation = self.client.delete_known_host_keys(instanceName="memory")
        self.assertEqual([o["operationType"] for o in operation["operations"]], ["DeleteKnownHostKeys"])
        self.settle(operation)
        after = self.client.get_instance_access_details(instanceName="memory")["accessDetails"]
        self.assertEqual([k["publicKey"] for k in after["hostKeys"]], [k["publicKey"] for k in before])
        self.assertEqual(self.log_in(after, "echo in").stdout, "in\n")

    def test_another_protocol_is_refused(self):
        self.make_instance("noscreen")
        self.refused("InvalidInputException", self.client.get_instance_access_details, instanceName="noscreen", protocol="rdp")

    def test_user_data_runs_once_as_the_one_who_may_most(self):
        self.make_instance("script", userData="cd ~admin && echo made >> made-by-script && id -u >> made-by-script\n")
        details = self.client.get_instance_access_details(instanceName="script")["accessDetails"]
        read = lambda: self.log_in(details, "cat made-by-script").stdout
        until("what the script writes", lambda: read().count("\n") == 2)
        self.settle(self.client.reboot_instance(instanceName="script"))
        who = "0" if ENGINE == "incus" else self.log_in(details, "id -u").stdout.strip()
        self.assertEqual(read(), f"made\n{who}\n")
