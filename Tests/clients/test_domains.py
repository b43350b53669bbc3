import os
import signal
import subprocess
from concurrent.futures import ThreadPoolExecutor

from botocore.exceptions import ClientError

from programs import aws
from stage import ENGINE, Case, every, until

DNS = os.environ.get("SLOOP_TEST_DNS", "")
# Both engines' servers tell the same DNS server, which has a name once.
OWN = f"{ENGINE}.example.com"


def dig(name, kind):
    """What the DNS server answers, one record a line, sorted."""
    done = subprocess.run(
        ["dig", "+short", "+tries=1", "+time=5", "@" + DNS, "-p", "5300", name, kind], capture_output=True, text=True,
        timeout=30, check=True)
    return sorted(done.stdout.splitlines())


class Domains(Case):
    def entry(self, domain, **wanted):
        """The one record of the domain that says so."""
        found = [e for e in self.client.get_domain(domainName=domain)["domain"]["domainEntries"]
                 if wanted.items() <= e.items()]
        self.assertEqual(len(found), 1, (wanted, found))
        return found[0]

    def test_the_life_of_a_domain(self):
        name = "life." + OWN
        made = self.client.create_domain(domainName=name, tags=[{"key": "team", "value": "blue"}])["operation"]
        self.assertEqual(
            (made["resourceName"], made["resourceType"], made["operationType"], made["status"], made["isTerminal"],
             made["location"]),
            (name, "Domain", "CreateDomain", "Succeeded", True, {"availabilityZone": "all", "regionName": "global"}))
        domain = self.client.get_domain(domainName=name)["domain"]
        self.assertRegex(domain["arn"], r"^arn:aws:lightsail:global:\d{12}:Domain/[0-9a-f-]{36}$")
        self.assertRegex(domain["supportCode"], r"^\d{12}//hostedzone/Z[0-9A-F]{13}$")
        self.assertEqual(domain["tags"], [{"key": "team", "value": "blue"}])
        self.assertEqual(
            sorted((e["name"], e["type"], e["target"], e["isAlias"]) for e in domain["domainEntries"]),
            [(name, "NS", "ns1.example.net", False), (name, "NS", "ns2.example.net", False),
             (name, "SOA", f"ns1.example.net. hostmaster.{name}. 1 7200 900 1209600 86400", False)])
        self.assertEqual(dig(name, "NS"), ["ns1.example.net.", "ns2.example.net."])
        for entry in domain["domainEntries"]:
            self.assertTrue(-2**31 <= int(entry["id"]) < 2**31)

        operation = self.client.create_domain_entry(
            domainName=name, domainEntry={"name": "www." + name, "type": "A", "target": "192.0.2.1"})["operation"]
        self.assertEqual((operation["operationType"], operation["status"]), ("CreateDomainEntry", "Succeeded"))
        self.assertEqual(dig("www." + name, "A"), ["192.0.2.1"])
        entry = self.entry(name, type="A", isAlias=False)
        operations = self.client.update_domain_entry(
            domainName=name, domainEntry={**entry, "target": "192.0.2.2"})["operations"]
        self.assertEqual([(o["operationType"], o["status"]) for o in operations], [("UpdateDomainEntry", "Succeeded")])
        self.assertEqual(dig("www." + name, "A"), ["192.0.2.2"])
        self.assertEqual(self.entry(name, type="A"), {**entry, "target": "192.0.2.2"})
        operation = self.client.delete_domain_entry(
            domainName=name, domainEntry={**entry, "target": "192.0.2.2"})["operation"]
        self.assertEqual(operation["operationType"], "DeleteDomainEntry")
        self.assertEqual(dig("www." + name, "A"), [])

        self.settle(self.client.tag_resource(resourceName=name, tags=[{"key": "more"}]))
        self.assertEqual([t["key"] for t in self.client.get_domain(domainName=name)["domain"]["tags"]], ["more", "team"])
        self.assertIn(name, every(self.client, "get_active_names", "activeNames"))
        self.assertEqual(
            [o["operationType"] for o in self.client.get_operations_for_resource(resourceName=name)["operations"]],
            ["TagResource", "DeleteDomainEntry", "UpdateDomainEntry", "CreateDomainEntry", "CreateDomain"])
        self.assertEqual(self.client.delete_domain(domainName=name)["operation"]["status"], "Succeeded")
        self.assertEqual(dig(name, "SOA"), [])
        self.refused("NotFoundException", self.client.get_domain, domainName=name)
        self.refused("NotFoundException", self.client.delete_domain, domainName=name)

    def test_terraform_finds_the_records_that_it_made_as_it_wrote_them(self):
        name = "tf." + OWN
        self.client.create_domain(domainName=name)
        records = [
            ("www." + name, "A", "192.0.2.1"), ("six." + name, "AAAA", "2001:DB8::1"),
            (name, "MX", "10 mail." + name), (name, "TXT", '"v=spf1 include:example.net -all"'),
            ("_sip._tcp." + name, "SRV", "10 5 5060 sip." + name), ("shop." + name, "CNAME", "www." + name),
            ("_acme-challenge." + name, "TXT", '"x-y_z"'), ("*." + name, "A", "192.0.2.9")]
        # It makes many at once.
        with ThreadPoolExecutor(8) as pool:
            made = list(pool.map(lambda r: self.client.create_domain_entry(
                domainName=name, domainEntry={"name": r[0], "type": r[1], "target": r[2], "isAlias": False}), records))
        self.settle({"operations": [answer["operation"] for answer in made]})
        found = [(e["name"], e["type"], e["target"])
                 for e in self.client.get_domain(domainName=name)["domain"]["domainEntries"]]
        self.assertLessEqual(set(records), set(found))
        self.assertEqual(dig(name, "TXT"), ['"v=spf1 include:example.net -all"'])
        self.assertEqual(dig("anything." + name, "A"), ["192.0.2.9"])
        with ThreadPoolExecutor(8) as pool:
            list(pool.map(lambda r: self.client.delete_domain_entry(
                domainName=name, domainEntry={"name": r[0], "type": r[1], "target": r[2]}), records))
        self.assertEqual(len(self.client.get_domain(domainName=name)["domain"]["domainEntries"]), 3)
        for record in records[:2]:
            self.refused(
                "NotFoundException", self.client.delete_domain_entry, domainName=name,
                domainEntry={"name": record[0], "type": record[1], "target": record[2]})

    def test_an_acme_client_writes_its_names_with_a_dot_at_the_end(self):
        name = "acme." + OWN
        self.client.create_domain(domainName=name + ".")
        entry = {"name": f"_acme-challenge.{name}.", "type": "TXT", "target": '"token"'}
        self.client.create_domain_entry(domainName=name, domainEntry=entry)
        self.assertEqual(dig("_acme-challenge." + name, "TXT"), ['"token"'])
        self.client.delete_domain_entry(domainName=name, domainEntry=entry)
        self.assertEqual(dig("_acme-challenge." + name, "TXT"), [])

    def test_32_creations_of_one_domain_at_once_make_one(self):
        name = "one." + OWN

        def create(_):
            try:
                return self.client.create_domain(domainName=name)["operation"]["status"]
            except ClientError as error:
                return error.response["Error"]["Message"]

        with ThreadPoolExecutor(32) as pool:
            answers = list(pool.map(create, range(32)))
        self.assertEqual(answers.count("Succeeded"), 1, answers)
        self.assertTrue(all(a.startswith("Some names are already in use: ") for a in answers if a != "Succeeded"), answers)

    def test_what_cannot_be_is_refused_and_changes_nothing(self):
        name = "strict." + OWN
        for bad in ("example", "a_b.com", "-a.com", "192.0.2.1", "", "a" * 300 + ".com", "*." + name):
            self.refused("InvalidInputException", self.client.create_domain, domainName=bad)
        self.refused("InvalidInputException", self.client.create_domain, domainName=name, tags=[{"key": "aws:x"}])
        self.client.create_domain(domainName=name)
        before = self.client.get_domain(domainName=name)["domain"]
        for entry in [
            {}, {"name": "www." + name}, {"name": "www.elsewhere.org", "type": "A", "target": "192.0.2.1"},
            {"name": "www", "type": "A", "target": "192.0.2.1"}, {"name": "www." + name, "type": "A", "target": "nonsense"},
            {"name": "www." + name, "type": "PTR", "target": "a.example.org"},
            {"name": name, "type": "CNAME", "target": "a.example.org"},
            {"name": "www." + name, "type": "A", "target": "lb.example.org", "isAlias": True},
        ]:
            with self.subTest(entry):
                self.refused("InvalidInputException", self.client.create_domain_entry, domainName=name, domainEntry=entry)
        self.refused(
            "NotFoundException", self.client.update_domain_entry, domainName=name, domainEntry={"id": "7", "target": "x"})
        self.assertEqual(self.client.get_domain(domainName=name)["domain"], before)

    def test_domains_are_in_one_region_as_on_lightsail(self):
        abroad = self.account.make_client(region="eu-central-1")
        error = self.refused("InvalidInputException", abroad.get_domains)
        self.assertIn("only available in the us-east-1 Region", error["Error"]["Message"])

    def test_a_dns_server_that_does_not_answer_loses_nothing(self):
        name = "away." + OWN
        self.client.create_domain(domainName=name)
        entry = {"name": "www." + name, "type": "A", "target": "192.0.2.1"}
        pid = int(os.environ["SLOOP_TEST_DNS_PROCESS"])
        os.kill(pid, signal.SIGSTOP)
        try:
            error = self.refused("OperationFailureException", self.client.create_domain_entry, domainName=name,
                                 domainEntry=entry)
            self.assertIn("does not answer", error["Error"]["Message"])
            # What is recorded can be read all the same.
            self.assertEqual(len(self.client.get_domain(domainName=name)["domain"]["domainEntries"]), 3)
        finally:
            os.kill(pid, signal.SIGCONT)
        self.client.create_domain_entry(domainName=name, domainEntry=entry)
        until("the record", lambda: dig("www." + name, "A") == ["192.0.2.1"])

    def test_the_aws_command_line(self):
        name = "cli." + OWN
        made = aws(self.account, "create-domain", "--domain-name", name, "--region", "us-east-1")
        self.assertEqual(made["operation"]["status"], "Succeeded")
        aws(self.account, "create-domain-entry", "--domain-name", name, "--domain-entry",
            f"name=www.{name},type=A,target=192.0.2.0")
        self.assertEqual(dig("www." + name, "A"), ["192.0.2.0"])
        aws(self.account, "delete-domain-entry", "--domain-name", name, "--domain-entry",
            f"name=www.{name},target=192.0.2.0,type=A")
        self.assertEqual([d["name"] for d in aws(self.account, "get-domains")["domains"] if d["name"] == name], [name])
        aws(self.account, "delete-domain", "--domain-name", name)
        self.assertEqual(dig(name, "SOA"), [])
