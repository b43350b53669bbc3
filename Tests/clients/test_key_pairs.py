import base64
import hashlib
import os
import subprocess
import tempfile

from stage import Case, every


def generate(folder, kind="rsa"):
    """A key pair of ssh-keygen's, and its public line."""
    path = os.path.join(folder, "id_" + kind)
    subprocess.run(["ssh-keygen", "-q", "-t", kind, "-N", "", "-C", "me@home", "-f", path], check=True)
    with open(path + ".pub") as file:
        return path, file.read()


class KeyPairs(Case):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name

    def test_a_created_key_pair_is_one_that_ssh_reads(self):
        made = self.client.create_key_pair(keyPairName="created", tags=[{"key": "team", "value": "blue"}])
        path = os.path.join(self.folder, "key")
        with open(os.open(path, os.O_CREAT | os.O_WRONLY, 0o600), "w") as file:
            file.write(made["privateKeyBase64"])
        public = subprocess.run(["ssh-keygen", "-y", "-f", path], capture_output=True, text=True, check=True).stdout
        self.assertEqual(public.split()[:2], made["publicKeyBase64"].split()[:2])
        self.assertEqual(made["operation"]["operationType"], "CreateKeyPair")
        self.assertTrue(made["operation"]["isTerminal"])
        self.assertEqual(made["operation"]["location"]["availabilityZone"], "all")
        found = self.client.get_key_pair(keyPairName="created")["keyPair"]
        self.assertEqual(found, made["keyPair"])
        self.assertEqual(found["tags"], [{"key": "team", "value": "blue"}])
        self.client.delete_key_pair(keyPairName="created")

    def test_a_bare_openssh_line_can_be_imported(self):
        for kind in ("rsa", "ed25519"):
            _, line = generate(self.folder, kind)
            operation = self.client.import_key_pair(keyPairName="mine-" + kind, publicKeyBase64=line)["operation"]
            self.assertEqual((operation["operationType"], operation["status"]), ("ImportKeyPair", "Succeeded"))
            blob = base64.b64decode(line.split()[1])
            fingerprint = self.client.get_key_pair(keyPairName="mine-" + kind)["keyPair"]["fingerprint"]
            self.assertIn(fingerprint, (
                "SHA256:" + base64.b64encode(hashlib.sha256(blob).digest()).decode().rstrip("="),
                hashlib.md5(blob).digest().hex(":")))
            self.client.delete_key_pair(keyPairName="mine-" + kind)

    def test_what_is_no_key_is_refused(self):
        for text in ("", "nonsense", "ssh-rsa", "ssh-rsa AAAA", "-----BEGIN RSA PRIVATE KEY-----"):
            self.refused("InvalidInputException", self.client.import_key_pair, keyPairName="no-key", publicKeyBase64=text)
        self.refused("NotFoundException", self.client.get_key_pair, keyPairName="no-key")

    def test_a_deleted_name_is_not_found_at_once_and_free_again(self):
        for _ in range(2):
            self.client.create_key_pair(keyPairName="again")
            error = self.refused("InvalidInputException", self.client.create_key_pair, keyPairName="again")
            self.assertTrue(error["Error"]["Message"].startswith("Some names are already in use: "), error)
            self.client.delete_key_pair(keyPairName="again")
            self.refused("NotFoundException", self.client.get_key_pair, keyPairName="again")
            self.refused("NotFoundException", self.client.delete_key_pair, keyPairName="again")

    def test_the_default_key_pair_can_be_downloaded_any_time_and_stays_the_same(self):
        first, second = self.client.download_default_key_pair(), self.client.download_default_key_pair()
        self.assertEqual(first["privateKeyBase64"], second["privateKeyBase64"])
        self.assertEqual(first["createdAt"], second["createdAt"])
        names = lambda **more: [pair["name"] for pair in every(self.client, "get_key_pairs", "keyPairs", **more)]
        self.assertNotIn("LightsailDefaultKeyPair", names())
        self.assertIn("LightsailDefaultKeyPair", names(includeDefaultKeyPair=True))

    def test_more_than_a_page_of_key_pairs_comes_page_by_page(self):
        _, line = generate(self.folder, "ed25519")
        names = [f"many-{n:03}" for n in range(130)]
        for name in names:
            self.client.import_key_pair(keyPairName=name, publicKeyBase64=line)
        pages = list(self.client.get_paginator("get_key_pairs").paginate())
        self.assertGreater(len(pages), 1)
        listed = [pair["name"] for page in pages for pair in page["keyPairs"] if pair["name"].startswith("many-")]
        self.assertEqual(sorted(listed), names)
        self.assertTrue(set(names) <= set(every(self.client, "get_active_names", "activeNames")))
