import Foundation
import SloopModel
import Testing

@testable import SloopEngine

/// A real PowerDNS, asked by its API and by dig.
@Suite(.needsPowerDNS, .serialized) struct PowerDNSTests {
    /// Records of the zone, each as name, type and target.
    private func zone(_ name: String = "example.com", _ records: (String, RecordType, String)...) throws -> DNSZone {
        let domain = DomainID()
        let fixed = [
            (name, RecordType.ns, "ns1.example.net"),
            (name, .soa, "ns1.example.net. hostmaster.\(name). 1 7200 900 1209600 86400"),
        ]
        return try DNSZone(
            name,
            (fixed + records).enumerated().map { index, record in
                DomainEntry(
                    domain: domain, id: Int32(index), name: record.0, type: record.1, target: record.2)
            })
    }

    @Test func aZoneIsServedWithEveryTypeOfRecord() async throws {
        let dns = try PowerDNSProcess()
        let server = try dns.server()
        try await server.put(
            zone(
                "example.com", ("example.com", .a, "192.0.2.1"), ("www.example.com", .a, "192.0.2.2"),
                ("www.example.com", .a, "192.0.2.3"), ("six.example.com", .aaaa, "2001:DB8:0:0::1"),
                ("shop.example.com", .cname, "WWW.example.com"), ("example.com", .mx, "10 mail.example.com"),
                ("_xmpp._tcp.example.com", .srv, "10 5 5269 xmpp.example.com."),
                ("example.com", .txt, #""v=spf1 -all""#), ("bare.example.com", .txt, #"a "quoted" \ text; yes"#),
                ("*.any.example.com", .a, "192.0.2.9"), ("below.example.com", .ns, "ns.elsewhere.org")))
        #expect(try dns.dig("example.com", "A") == ["192.0.2.1"])
        #expect(try dns.dig("www.example.com", "A") == ["192.0.2.2", "192.0.2.3"])
        #expect(try dns.dig("six.example.com", "AAAA") == ["2001:db8::1"])
        #expect(try dns.dig("shop.example.com", "A") == ["192.0.2.2", "192.0.2.3", "www.example.com."])
        #expect(try dns.dig("example.com", "MX") == ["10 mail.example.com."])
        #expect(try dns.dig("_xmpp._tcp.example.com", "SRV") == ["10 5 5269 xmpp.example.com."])
        #expect(try dns.dig("example.com", "TXT") == [#""v=spf1 -all""#])
        #expect(try dns.dig("bare.example.com", "TXT") == [#""a \"quoted\" \\ text; yes""#])
        #expect(try dns.dig("x.any.example.com", "A") == ["192.0.2.9"])
        #expect(try dns.dig("example.com", "NS") == ["ns1.example.net."])
        #expect(try dns.dig("nothing.example.com", "A") == [])
    }

    @Test func aZoneBecomesExactlyWhatItIsToBeAndItsSerialNumberRises() async throws {
        let dns = try PowerDNSProcess()
        let server = try dns.server()
        func serial() throws -> Int {
            let answer = try #require(try dns.dig("example.com", "SOA").first)
            return try #require(Int(answer.split(separator: " ")[2]))
        }
        try await server.put(
            zone("example.com", ("www.example.com", .a, "192.0.2.1"), ("old.example.com", .a, "192.0.2.1")))
        let first = try serial()
        #expect(abs(first - Int(Date().timeIntervalSince1970)) < 60)
        // A name that others had answers for becomes an alias in one step, and what went is gone.
        let wanted = try zone("example.com", ("www.example.com", .cname, "web.example.org"))
        try await server.put(wanted)
        #expect(try dns.dig("www.example.com", "CNAME") == ["web.example.org."])
        #expect(try dns.dig("old.example.com", "A") == [])
        let second = try serial()
        #expect(second > first)
        // Nothing is changed for what is so already.
        try await server.put(wanted)
        #expect(try serial() == second)
    }

    @Test func recordsThatLightsailHasNoWordForAreLeftAlone() async throws {
        let dns = try PowerDNSProcess()
        let server = try dns.server()
        try await server.put(zone())
        let add = Process()
        add.executableURL = URL(filePath: "/usr/bin/pdnsutil")
        add.arguments = [
            "--config-dir=\(dns.folder.path)", "add-record", "example.com", "@", "CAA", #"0 issue "letsencrypt.org""#,
        ]
        add.standardOutput = FileHandle.nullDevice
        add.standardError = FileHandle.nullDevice
        try add.run()
        add.waitUntilExit()
        try await server.put(zone("example.com", ("www.example.com", .a, "192.0.2.1")))
        #expect(try dns.dig("example.com", "CAA") == [#"0 issue "letsencrypt.org""#])
    }

    @Test func onlyZonesOfThisInstallationAreTouched() async throws {
        let dns = try PowerDNSProcess()
        let (one, two) = (try dns.server(installation: "one"), try dns.server(installation: "two"))
        try await one.put(zone("example.com", ("www.example.com", .a, "192.0.2.1")))
        let error = await #expect(throws: SloopError.self) { try await two.put(zone()) }
        #expect(error?.code == .nameExists)
        try await two.delete("example.com")
        try await two.put(zone("example.org"))
        #expect(try await one.zones() == ["example.com"])
        #expect(try await two.zones() == ["example.org"])
        #expect(try dns.dig("www.example.com", "A") == ["192.0.2.1"])
        for _ in 0..<2 { try await one.delete("example.com") }
        #expect(try await one.zones() == [])
        #expect(try dns.dig("www.example.com", "A") == [])
    }

    @Test func aServerThatDoesNotAnswerOrDoesNotKnowUsIsToldApart() async throws {
        let dns = try PowerDNSProcess()
        #expect(try await dns.server().version().hasPrefix("PowerDNS 4."))
        let stranger = try dns.server(key: "wrong")
        let refused = await #expect(throws: SloopError.self) { try await stranger.put(zone()) }
        #expect(refused?.code == .operationFailed && refused?.message.contains("key") == true)
        dns.send(SIGSTOP)
        defer { dns.send(SIGCONT) }
        let hasty = try dns.server(patience: .milliseconds(300))
        let away = await #expect(throws: SloopError.self) { try await hasty.put(zone()) }
        #expect(away?.code == .unreachable)
        // One that comes back in time is waited for.
        let patient = try dns.server()
        async let put: Void = patient.put(zone())
        dns.send(SIGCONT)
        try await put
        #expect(try dns.dig("example.com", "NS") == ["ns1.example.net."])
    }
}
