import Foundation
import LightsailAPI
import SloopModel
import Testing

@Suite struct NetworkTests {
    private func port(_ from: Int, _ to: Int, _ transport: String) -> Lightsail.InstancePortState {
        .init(fromPort: from, toPort: to, protocol: transport, state: "open", cidrs: ["0.0.0.0/0"])
    }

    private func one(_ resource: String) -> Lightsail.OperationResult {
        .init(operation: .init(id: "op-1", resourceName: resource, status: "Started"))
    }

    @Test func openPortsAreListedAsTheyAreWritten() async throws {
        let answer = Lightsail.GetInstancePortStates.Output(
            portStates: [port(22, 22, "tcp"), port(1000, 1010, "udp"), port(0, 65535, "all")])
        try await FakeSloop.run([(Lightsail.GetInstancePortStates.self, [.ok(answer)])]) { fake in
            #expect(
                await sloop("port", "list", "web", on: fake).output == """
                    PORTS          STATE  FROM
                    22/tcp         open   0.0.0.0/0
                    1000-1010/udp  open   0.0.0.0/0
                    all            open   0.0.0.0/0

                    """)
        }
    }

    @Test(arguments: [
        ("8080", #"{"fromPort":8080,"protocol":"tcp","toPort":8080}"#, "8080/tcp"),
        ("1000-1010/udp", #"{"fromPort":1000,"protocol":"udp","toPort":1010}"#, "1000-1010/udp"),
        ("all", #"{"fromPort":0,"protocol":"all","toPort":65535}"#, "all"),
    ]) func portsAreOpened(_ argument: String, _ shape: String, _ shown: String) async throws {
        try await FakeSloop.run([
            (Lightsail.OpenInstancePublicPorts.self, [.ok(one("web"))]),
            (SloopAPI.WaitForOperation.self, [.ok(["operation": Sample.operation("Succeeded", kind: "a-kind")])]),
        ]) { fake in
            #expect(await sloop("port", "open", "web", argument, on: fake).output == "web is open at \(shown)\n")
            #expect(
                fake.bodies(Lightsail.OpenInstancePublicPorts.self)
                    == [#"{"instanceName":"web","portInfo":\#(shape)}"#])
        }
    }

    @Test func portsAreOpenedToSomeAndListedSo() async throws {
        var some = port(22, 22, "tcp")
        some.cidrs = ["192.0.2.0/24", "198.51.100.7"]
        some.cidrListAliases = ["lightsail-connect"]
        try await FakeSloop.run([
            (Lightsail.OpenInstancePublicPorts.self, [.ok(one("web"))]),
            (SloopAPI.WaitForOperation.self, [.ok(["operation": Sample.operation("Succeeded", kind: "a-kind")])]),
            (Lightsail.GetInstancePortStates.self, [.ok(Lightsail.GetInstancePortStates.Output(portStates: [some]))]),
        ]) { fake in
            let run = await sloop(
                "port", "open", "web", "22", "--from", "192.0.2.0/24", "--from", "198.51.100.7", on: fake)
            #expect(run.output == "web is open at 22/tcp to 192.0.2.0/24, 198.51.100.7\n")
            #expect(
                fake.bodies(Lightsail.OpenInstancePublicPorts.self) == [
                    #"{"instanceName":"web","portInfo":{"cidrs":["192.0.2.0/24","198.51.100.7"],"fromPort":22,"protocol":"tcp","toPort":22}}"#
                ])
            #expect(
                await sloop("port", "list", "web", on: fake).output == """
                    PORTS   STATE  FROM
                    22/tcp  open   192.0.2.0/24 198.51.100.7 lightsail-connect

                    """)
        }
    }

    @Test(arguments: ["abc", "80/icmp", "1-2-3", "", "80/tcp/udp", "-"])
    func whatIsNoPortIsRefusedBeforeAnythingIsAsked(_ argument: String) async throws {
        try await FakeSloop.run([]) { fake in
            #expect(await sloop("port", "open", "web", "--", argument, on: fake).code == 2)
        }
    }

    @Test func aPortThatIsNotOpenCannotBeClosed() async throws {
        let answer = Lightsail.GetInstancePortStates.Output(portStates: [port(22, 22, "tcp")])
        try await FakeSloop.run([(Lightsail.GetInstancePortStates.self, [.ok(answer)])]) { fake in
            let outcome = await sloop("port", "close", "web", "8080", on: fake)
            #expect(outcome.code == 2)
            #expect(outcome.error.contains("'web' has no open ports 8080/tcp"))
        }
    }

    @Test func aStaticAddressIsAttachedAndShownWithWhereItLeads() async throws {
        let address = Lightsail.StaticIp(name: "front", ipAddress: "203.0.113.7", attachedTo: "web", isAttached: true)
        try await FakeSloop.run(
            Sample.done(Lightsail.AttachStaticIp.self, "front") + [
                (Lightsail.GetStaticIp.self, [.ok(["staticIp": address])])
            ]
        ) { fake in
            #expect(
                await sloop("address", "attach", "front", "web", on: fake).output == "web is reached at 203.0.113.7\n")
        }
        let list = Lightsail.GetStaticIps.Output(staticIps: [address])
        try await FakeSloop.run([(Lightsail.GetStaticIps.self, [.ok(list)])]) { fake in
            #expect(
                await sloop("address", "list", on: fake).output == """
                    NAME   ADDRESS      INSTANCE  AGE
                    front  203.0.113.7  web         -

                    """)
        }
    }
}
