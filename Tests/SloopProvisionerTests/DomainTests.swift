import Foundation
import SloopModel
import SloopStore
import Testing

@testable import SloopProvisioner

@Suite(.needsSandbox) struct DomainTests {
    @Test(arguments: [
        (RecordType.a, "192.0.2.1", "192.0.2.1"), (.aaaa, "2001:DB8::0:1", "2001:db8::1"),
        (.cname, "Web.Example.ORG.", "web.example.org."), (.mx, "010 mail.example.com", "10 mail.example.com."),
        (.mx, "0 .", "0 ."), (.srv, "1 2 5269 x.example.com", "1 2 5269 x.example.com."),
        (.txt, "v=spf1 -all", #""v=spf1 -all""#), (.txt, #""a" "b""#, #""a" "b""#),
        (.txt, #""an \"escaped\" one; \065""#, #""an \"escaped\" one; \065""#),
        (.txt, String(repeating: "a", count: 256), "\"\(String(repeating: "a", count: 255))\" \"a\""),
    ]) func aTargetHasOneForm(_ type: RecordType, _ target: String, _ content: String) throws {
        #expect(try type.content(target) == content)
    }

    @Test(
        arguments: [
            (RecordType.a, ["", "192.0.2", "192.0.2.256", "::1", "192.0.2.1 ", "web", "0x7f.1"]),
            (.aaaa, ["192.0.2.1", "2001:db8::g", "2001:db8::1/64", String(repeating: ":", count: 100)]),
            (.cname, ["", ".", "web", "a b.example.com", "a..example.com", "-\u{0}.example.com", "ü.example.com"]),
            (
                .mx,
                ["mail.example.com", "10", "65536 mail.example.com", "-1 mail.example.com", "10 mail.example.com 5"]
            ),
            (.srv, ["1 2 x.example.com", "1 2 70000 x.example.com"]),
            (
                .txt,
                [
                    "", #""open"#, #""a"b"#, #""a" b"#, "\"\(String(repeating: "a", count: 256))\"", "new\nline", "ü",
                    #""\256""#, #""\2""#, "\"\\", String(repeating: "a", count: 4097),
                ]
            ), (.soa, ["ns1.example.net. x.example.com. 1 2 3 4"]),
        ] as [(RecordType, [String])]) func whatIsNoTargetIsRefused(_ type: RecordType, _ targets: [String])
    {
        for target in targets {
            let error = #expect(throws: SloopError.self, "\(type) \(target)") { try type.content(target) }
            #expect(error?.code == .invalidInput)
        }
    }

    @Test func namesOfDomainsAreThoseThatCouldBeRegistered() throws {
        #expect(try DomainName.zone("Example.COM.") == "example.com")
        #expect(try DomainName.zone("xn--bcher-kva.example") == "xn--bcher-kva.example")
        for name in [
            "", ".", "com", "example", "-a.com", "a-.com", "a..com", "a_b.com", "a b.com", "192.0.2.1", "*.com",
            "ü.com",
            "\(String(repeating: "a", count: 64)).com", "../etc.com", "a.com\u{0}",
            (0..<80).map { _ in "abc" }.joined(separator: "."),
        ] {
            let error = #expect(throws: SloopError.self, "\(name)") { try DomainName.zone(name) }
            #expect(error?.code == .invalidInput)
        }
    }

    @Test func aNewDomainNamesItsServersAndHasAnAuthority() async throws {
        try await Rig.with { rig in
            try await rig.run(try await rig.domains.beginCreating("Example.com.").id)
            let view = try await rig.domains.find("example.COM")
            #expect(view.domain.name == "example.com")
            #expect(
                view.entries.map { "\($0.name) \($0.type.rawValue) \($0.target)" }.sorted() == [
                    "example.com NS ns1.example.net", "example.com NS ns2.example.net",
                    "example.com SOA ns1.example.net. hostmaster.example.com. 1 7200 900 1209600 86400",
                ])
            #expect(Set(view.entries.map(\.id)).count == 3)
        }
    }

    @Test func recordsThatCannotBeAreRefusedAndChangeNothing() async throws {
        try await Rig.with { rig in
            try await rig.makeDomain()
            try await rig.run(
                try await rig.domains.beginCreating(
                    .init(name: "shop.example.com", type: "CNAME", target: "www.example.com"), in: "example.com"
                ).id)
            let before = try await rig.domains.find("example.com").entries
            func refused(_ code: SloopError.Code, _ entry: DomainService.Entry) async {
                let error = await #expect(throws: SloopError.self, "\(entry)") {
                    _ = try await rig.domains.beginCreating(entry, in: "example.com")
                }
                #expect(error?.code == code, "\(entry)")
            }
            for (name, type, target) in [
                ("www", "A", "192.0.2.1"), ("www.example.org", "A", "192.0.2.1"), ("xample.com", "A", "192.0.2.1"),
                ("a.*.example.com", "A", "192.0.2.1"), ("www.example.com", "LUA", "x"), ("www.example.com", "A", "x"),
                // There already, beside a CNAME, a CNAME beside others, a second one, one of the domain itself.
                ("WWW.example.com.", "a", "192.0.2.1"), ("shop.example.com", "A", "192.0.2.1"),
                ("www.example.com", "CNAME", "a.example.org"), ("shop.example.com", "CNAME", "a.example.org"),
                ("example.com", "CNAME", "a.example.org"),
                ("example.com", "SOA", "ns1.example.net. hostmaster.example.com. 1 7200 900 1209600 86400"),
            ] { await refused(.invalidInput, .init(name: name, type: type, target: target)) }
            for entry in [
                DomainService.Entry(type: "A", target: "192.0.2.1"),
                .init(name: "www.example.com", target: "192.0.2.1"),
                .init(name: "www.example.com", type: "A"),
            ] { await refused(.invalidInput, entry) }
            await refused(
                .notOffered, .init(name: "b.example.com", type: "A", target: "192.0.2.1", isAlias: true))
            #expect(try await rig.domains.find("example.com").entries == before)
        }
    }

    @Test func aRecordIsFoundByItsIdOrByWhatItSays() async throws {
        try await Rig.with { rig in
            try await rig.makeDomain()
            try await rig.run(
                try await rig.domains.beginCreating(.address("www.example.com", "192.0.2.2"), in: "example.com").id)
            let first = try #require(
                try await rig.domains.find("example.com").entries.first { $0.target == "192.0.2.1" })
            // Two of that name and type: which one is meant?
            let unclear = await #expect(throws: SloopError.self) {
                _ = try await rig.domains.beginUpdating(.address("www.example.com", "192.0.2.9"), in: "example.com")
            }
            #expect(unclear?.code == .invalidInput)
            let mixed = await #expect(throws: SloopError.self) {
                _ = try await rig.domains.beginUpdating(
                    .init(id: "\(first.id)", name: "web.example.com", target: "2001:db8::1"), in: "example.com")
            }
            #expect(mixed?.code == .invalidInput)
            try await rig.run(
                try await rig.domains.beginUpdating(
                    .init(id: "\(first.id)", name: "web.example.com", type: "AAAA", target: "2001:db8::1"),
                    in: "example.com"
                ).id)
            #expect(rig.served("www.example.com") == ["192.0.2.2"])
            #expect(rig.served("web.example.com", .aaaa) == ["2001:db8::1"])
            let gone = await #expect(throws: SloopError.self) {
                _ = try await rig.domains.beginDeleting(.address("www.example.com", "192.0.2.1"), in: "example.com")
            }
            #expect(gone?.code == .notFound)
            try await rig.run(
                try await rig.domains.beginDeleting(
                    .init(name: "web.example.com.", type: "AAAA", target: "2001:DB8:0::1"), in: "example.com"
                ).id)
            #expect(rig.served("web.example.com", .aaaa) == [])
        }
    }

    @Test func aDomainKeepsItsAuthorityAndOneServer() async throws {
        try await Rig.with { rig in
            try await rig.makeDomain()
            let entries = try await rig.domains.find("example.com").entries
            let authority = entries.filter { $0.type == .soa }[0]
            let servers = entries.filter { $0.type == .ns }
            try await rig.run(
                try await rig.domains.beginDeleting(.init(id: "\(servers[0].id)"), in: "example.com").id)
            for entry in [authority, servers[1]] {
                let error = await #expect(throws: SloopError.self) {
                    _ = try await rig.domains.beginDeleting(.init(id: "\(entry.id)"), in: "example.com")
                }
                #expect(error?.code == .invalidInput)
            }
        }
    }

    @Test func aNameIsOneAccountsAndSoIsWhatIsBelowIt() async throws {
        try await Rig.with { rig in
            let other = try Account(checking: "other")
            try await rig.everything.write { try $0.ensure(other, at: rig.world.now()) }
            try await rig.makeDomain()
            for (name, code) in [
                ("example.com", SloopError.Code.nameExists), ("login.example.com", .invalidInput),
                ("a.b.EXAMPLE.com", .invalidInput),
            ] {
                let error = await #expect(throws: SloopError.self) {
                    _ = try await rig.domains(of: other).beginCreating(name)
                }
                #expect(error?.code == code)
            }
            try await rig.run(try await rig.domains(of: other).beginCreating("notexample.com").id)
            try await rig.run(try await rig.domains.beginCreating("sub.example.com").id)
            let hidden = await #expect(throws: SloopError.self) {
                _ = try await rig.domains(of: other).find("example.com")
            }
            #expect(hidden?.code == .notFound)
            #expect(
                try await rig.domains(of: other).page(after: nil, limit: 9).map(\.domain.name) == ["notexample.com"])
        }
    }
}
