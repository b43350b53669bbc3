import contextlib
import os
import socket
import subprocess
import sys

from answers import last_code
from stage import Case, every, only_incus, only_local, until

EVERYBODY = {"cidrs": ["0.0.0.0/0"], "ipv6Cidrs": ["::/0"]}


def reaches(address, port, seconds=2):
    """Whether something answers there."""
    try:
        with socket.create_connection((address, port), timeout=seconds) as connection:
            connection.settimeout(seconds)
            return connection.recv(4).startswith(b"SSH-")
    except OSError:
        return False


@contextlib.contextmanager
def outsider():
    """Somebody outside of this computer with two addresses, and whether he gets in at ssh's port from one of them."""
    name, net = f"sc{os.getpid()}", f"198.19.{os.getpid() % 256}"
    def ip(*words):
        subprocess.run(["ip", *words], check=True, timeout=10)
    ip("netns", "add", name)
    try:
        ip("link", "add", name + "h", "type", "veth", "peer", "name", name + "p", "netns", name)
        ip("addr", "add", net + ".1/24", "dev", name + "h")
        ip("link", "set", name + "h", "up")
        for last in (2, 3):
            ip("-n", name, "addr", "add", f"{net}.{last}/24", "dev", name + "p")
        ip("-n", name, "link", "set", name + "p", "up")
        ip("-n", name, "route", "add", "default", "via", net + ".1")
        client = ("import socket, sys; s = socket.create_connection((sys.argv[2], 22), 2, (sys.argv[1], 0)); "
                  "s.settimeout(2); sys.exit(not s.recv(4).startswith(b'SSH-'))")
        def visits(source, address):
            return subprocess.run(
                ["ip", "netns", "exec", name, sys.executable, "-c", client, source, address], stderr=subprocess.DEVNULL,
                timeout=20).returncode == 0
        yield net + ".2", net + ".3", visits
    finally:
        ip("netns", "delete", name)


class Firewall(Case):
    def ports(self, name):
        """What the instance and its port states say is open, which is the same."""
        states = self.client.get_instance_port_states(instanceName=name)["portStates"]
        self.assertEqual({state["state"] for state in states} | {"open"}, {"open"})
        found = sorted((s["protocol"], s["fromPort"], s["toPort"]) for s in states)
        ports = self.client.get_instance(instanceName=name)["instance"]["networking"]["ports"]
        self.assertEqual(sorted((p["protocol"], p["fromPort"], p["toPort"]) for p in ports), found)
        return found

    def test_what_is_so_already_is_no_error(self):
        self.make_instance("default-ports")
        before = self.ports("default-ports")
        self.assertIn(("tcp", 22, 22), before)
        rules = [{"protocol": p, "fromPort": f, "toPort": t} for p, f, t in before]
        operation = self.client.put_instance_public_ports(instanceName="default-ports", portInfos=rules)["operation"]
        self.assertEqual((operation["operationType"], operation["status"]), ("PutInstancePublicPorts", "Succeeded"))
        self.client.open_instance_public_ports(
            instanceName="default-ports", portInfo={"protocol": "TCP", "fromPort": 22, "toPort": 22})
        self.assertEqual(self.ports("default-ports"), before)

    @only_incus
    def test_open_close_and_put(self):
        self.make_instance("ports")
        one = {"protocol": "tcp", "fromPort": 8000, "toPort": 8010}
        for _ in range(2):
            operation = self.client.open_instance_public_ports(instanceName="ports", portInfo=one)["operation"]
            self.assertEqual(
                (operation["operationType"], operation["status"], operation["operationDetails"]),
                ("OpenInstancePublicPorts", "Succeeded", "8000-8010/tcp"))
        self.assertEqual(self.ports("ports").count(("tcp", 8000, 8010)), 1)
        for _ in range(2):
            operation = self.client.close_instance_public_ports(instanceName="ports", portInfo=one)["operation"]
            self.assertEqual(operation["operationType"], "CloseInstancePublicPorts")
        self.assertNotIn(("tcp", 8000, 8010), self.ports("ports"))
        self.client.put_instance_public_ports(instanceName="ports", portInfos=[
            {"protocol": "udp", "fromPort": 53, "toPort": 53}, {"protocol": "tcp", "fromPort": 22, "toPort": 22}])
        self.assertEqual(self.ports("ports"), [("tcp", 22, 22), ("udp", 53, 53)])
        self.client.put_instance_public_ports(instanceName="ports", portInfos=[])
        self.assertEqual(self.ports("ports"), [])

    @only_incus
    def test_a_closed_port_cannot_be_reached_and_an_opened_one_can(self):
        address = self.make_instance("wall")["publicIpAddress"]
        self.assertTrue(reaches(address, 22))
        ssh = {"protocol": "tcp", "fromPort": 22, "toPort": 22}
        self.client.close_instance_public_ports(instanceName="wall", portInfo=ssh)
        self.assertFalse(reaches(address, 22))
        self.client.open_instance_public_ports(instanceName="wall", portInfo=ssh)
        self.assertTrue(reaches(address, 22))

    @only_incus
    def test_a_port_is_open_to_whom_its_rule_names_and_to_nobody_else(self):
        address = self.make_instance("some")["publicIpAddress"]
        ssh = {"protocol": "tcp", "fromPort": 22, "toPort": 22}
        with outsider() as (one, other, visits):
            self.assertTrue(visits(one, address) and visits(other, address))
            for cidrs, aliases, expected in [
                ([one + "/32"], [], (True, False)), ([other], [], (False, True)), ([], ["lightsail-connect"], (False, False)),
                ([one, "203.0.113.0/24"], ["lightsail-connect"], (True, False)),
            ]:
                self.client.put_instance_public_ports(
                    instanceName="some", portInfos=[{**ssh, "cidrs": cidrs, "cidrListAliases": aliases}])
                self.assertEqual((visits(one, address), visits(other, address)), expected)
                # The computer that Sloop runs on is never kept out.
                self.assertTrue(reaches(address, 22))
                state = self.client.get_instance_port_states(instanceName="some")["portStates"][0]
                self.assertEqual((state["cidrs"], state["ipv6Cidrs"], state["cidrListAliases"]), (cidrs, [], aliases))
                port = self.client.get_instance(instanceName="some")["instance"]["networking"]["ports"][0]
                self.assertEqual((port["accessFrom"], port["cidrs"]), ("Custom", cidrs))
            self.client.open_instance_public_ports(instanceName="some", portInfo=ssh)
            self.assertTrue(visits(one, address) and visits(other, address))

    def test_ports_that_there_are_not_are_refused(self):
        self.make_instance("no-ports")
        before = self.ports("no-ports")
        for rule in [
            {"protocol": "tcp", "fromPort": 70000, "toPort": 70000}, {"protocol": "tcp", "fromPort": 90, "toPort": 80},
            {"protocol": "sctp", "fromPort": 80, "toPort": 80}, {"protocol": "tcp", "fromPort": -1, "toPort": 80},
            {"protocol": "tcp", "fromPort": 80, "toPort": 80, "cidrs": ["nonsense"]},
            {"protocol": "tcp", "fromPort": 80, "toPort": 80, "cidrs": ["10.0.0.0/33"]},
            {"protocol": "tcp", "fromPort": 80, "toPort": 80, "ipv6Cidrs": ["10.0.0.0/8"]},
            {"protocol": "tcp", "fromPort": 80, "toPort": 80, "cidrListAliases": ["everybody"]},
            {"protocol": "tcp", "fromPort": 80, "toPort": 80, "cidrs": [f"10.0.0.{n}" for n in range(61)]},
        ]:
            with self.subTest(rule):
                self.refused(
                    "InvalidInputException", self.client.put_instance_public_ports, instanceName="no-ports",
                    portInfos=[rule])
        self.assertEqual(self.ports("no-ports"), before)

    @only_local
    def test_other_ports_are_declined_where_there_is_no_firewall(self):
        self.make_instance("open")
        before = self.ports("open")
        for call in (self.client.open_instance_public_ports, self.client.put_instance_public_ports):
            rule = {"protocol": "tcp", "fromPort": 8080, "toPort": 8080}
            input = {"portInfo": rule} if call == self.client.open_instance_public_ports else {"portInfos": [rule]}
            self.refused("InvalidInputException", call, instanceName="open", **input)
            self.assertEqual(last_code(), "notOffered")
        self.assertEqual(self.ports("open"), before)


class StaticAddresses(Case):
    @only_local
    def test_there_are_none_where_no_address_can_move(self):
        self.refused("InvalidInputException", self.client.allocate_static_ip, staticIpName="fixed")
        self.assertEqual(last_code(), "notOffered")
        self.assertEqual(every(self.client, "get_static_ips", "staticIps"), [])
        self.refused("NotFoundException", self.client.get_static_ip, staticIpName="fixed")

    @only_incus
    def test_an_address_moves_from_one_instance_to_another_and_outlives_both(self):
        allocated = self.client.allocate_static_ip(staticIpName="fixed")["operations"]
        self.assertEqual([(o["operationType"], o["status"], o["location"]["availabilityZone"]) for o in allocated],
                         [("AllocateStaticIp", "Succeeded", "all")])
        fixed = self.client.get_static_ip(staticIpName="fixed")["staticIp"]
        self.assertFalse(fixed["isAttached"])
        self.assertNotIn("attachedTo", fixed)
        first, second = self.make_instance("first"), self.make_instance("second")
        self.assertFalse(reaches(fixed["ipAddress"], 22))

        attached = self.client.attach_static_ip(staticIpName="fixed", instanceName="first")["operations"]
        self.assertEqual(
            {(o["resourceType"], o["resourceName"], o["operationDetails"], o["operationType"]) for o in attached},
            {("StaticIp", "fixed", "first", "AttachStaticIp"), ("Instance", "first", "fixed", "AttachStaticIp")})
        self.settle({"operations": attached})
        now = self.client.get_instance(instanceName="first")["instance"]
        self.assertEqual((now["isStaticIp"], now["publicIpAddress"]), (True, fixed["ipAddress"]))
        self.assertTrue(reaches(fixed["ipAddress"], 22))
        self.assertFalse(reaches(first["publicIpAddress"], 22))
        shown = self.client.get_static_ip(staticIpName="fixed")["staticIp"]
        self.assertEqual((shown["isAttached"], shown["attachedTo"]), (True, "first"))

        self.settle(self.client.detach_static_ip(staticIpName="fixed"))
        now = self.client.get_instance(instanceName="first")["instance"]
        self.assertFalse(now["isStaticIp"])
        self.assertTrue(reaches(now["publicIpAddress"], 22))
        self.settle(self.client.attach_static_ip(staticIpName="fixed", instanceName="second"))
        self.assertTrue(reaches(fixed["ipAddress"], 22))

        self.client.delete_instance(instanceName="second")
        left = self.client.get_static_ip(staticIpName="fixed")["staticIp"]
        self.assertEqual((left["isAttached"], left["ipAddress"]), (False, fixed["ipAddress"]))
        self.settle(self.client.attach_static_ip(staticIpName="fixed", instanceName="first"))
        # It stays through a stop and a start.
        self.settle(self.client.stop_instance(instanceName="first"))
        self.settle(self.client.start_instance(instanceName="first"))
        self.assertEqual(self.client.get_instance(instanceName="first")["instance"]["publicIpAddress"], fixed["ipAddress"])
        until("an answer at the static address", lambda: reaches(fixed["ipAddress"], 22))
        self.client.delete_instance(instanceName="first")
        self.settle(self.client.release_static_ip(staticIpName="fixed"))
        self.refused("NotFoundException", self.client.get_static_ip, staticIpName="fixed")
        self.refused("NotFoundException", self.client.release_static_ip, staticIpName="fixed")


class StaticAddressLimit(Case):
    @only_incus
    def test_there_is_a_limit_and_names_are_unique(self):
        names = [f"limit-{n}" for n in range(4)]
        for name in names:
            self.client.allocate_static_ip(staticIpName=name)
        error = self.refused("InvalidInputException", self.client.allocate_static_ip, staticIpName=names[0])
        self.assertTrue(error["Error"]["Message"].startswith("Some names are already in use"), error)
        listed = every(self.client, "get_static_ips", "staticIps")
        self.assertLessEqual(set(names), {address["name"] for address in listed})
        self.assertEqual(len({address["ipAddress"] for address in listed}), len(listed))
        def too_many():
            for n in range(6):
                self.client.allocate_static_ip(staticIpName=f"more-{n}")
        error = self.refused("InvalidInputException", too_many)
        self.assertIn("maximum limit", error["Error"]["Message"])
