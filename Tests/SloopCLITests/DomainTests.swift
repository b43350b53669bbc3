import LightsailAPI
import SloopModel
import Testing

@testable import SloopCLI

@Suite struct DomainTests {
    private static let domain = Lightsail.Domain(
        name: "example.com",
        domainEntries: [
            .init(id: "-7", name: "example.com", target: "ns1.example.net", type: "NS"),
            .init(id: "12", name: "www.example.com", target: "192.0.2.1", type: "A"),
        ])

    private func done(_ call: any LightsailOperation.Type) -> (any LightsailOperation.Type, [Reply]) {
        (call, [.ok(["operation": Lightsail.OperationRecord(id: "op-1", status: "Succeeded")])])
    }

    @Test func aDomainIsMadeAndItsServersAreNamed() async throws {
        try await FakeSloop.run([
            done(Lightsail.CreateDomain.self), (Lightsail.GetDomain.self, [.ok(["domain": Self.domain])]),
        ]) { fake in
            #expect(
                await sloop("domain", "create", "example.com", on: fake).output
                    == "example.com is served; where it is registered, name its servers: ns1.example.net\n")
        }
    }

    @Test func domainsAndTheirRecordsAreListed() async throws {
        try await FakeSloop.run([
            (Lightsail.GetDomains.self, [.ok(Lightsail.GetDomains.Output(domains: [Self.domain]))]),
            (Lightsail.GetDomain.self, [.ok(["domain": Self.domain])]),
        ]) { fake in
            #expect(
                await sloop("domain", "list", on: fake).output == """
                    NAME         RECORDS  SERVERS          AGE
                    example.com        2  ns1.example.net    -

                    """)
            #expect(
                await sloop("domain", "show", "example.com", on: fake).output == """
                    NAME             TYPE  TARGET           ID
                    example.com      NS    ns1.example.net  -7
                    www.example.com  A     192.0.2.1        12

                    """)
        }
    }

    @Test(arguments: [
        ("www", "www.example.com"), ("www.example.com", "www.example.com"), ("@", "example.com"),
        ("example.com", "example.com"), ("www.example.com.", "www.example.com."), ("a.b", "a.b.example.com"),
    ]) func theNameOfARecordMayBeShort(_ written: String, _ whole: String) async throws {
        try await FakeSloop.run([done(Lightsail.CreateDomainEntry.self), done(Lightsail.DeleteDomainEntry.self)]) {
            fake in
            #expect(
                await sloop("domain", "add", "example.com", written, "A", "192.0.2.1", on: fake).output
                    == "\(whole) has the record A 192.0.2.1\n")
            #expect(
                await sloop("domain", "remove", "example.com", written, "A", "192.0.2.1", on: fake).output
                    == "\(whole) has the record A 192.0.2.1 no more\n")
            let sent =
                #"{"domainEntry":{"name":"\#(whole)","target":"192.0.2.1","type":"A"},"domainName":"example.com"}"#
            #expect(fake.bodies(Lightsail.CreateDomainEntry.self) == [sent])
            #expect(fake.bodies(Lightsail.DeleteDomainEntry.self) == [sent])
        }
    }
}
