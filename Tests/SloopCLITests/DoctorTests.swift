import Foundation
import NIOConcurrencyHelpers
import SloopModel
import Testing

@testable import SloopCLI

@Suite struct DoctorTests {
    private static let local = EngineHealth(
        engine: "local",
        checks: [
            .init("bwrap", .ok, detail: "/usr/bin/bwrap"),
            .init("sshd", .missing, detail: "not installed", mend: "apt-get install openssh-server"),
        ])
    private static let incus = EngineHealth(
        engine: "incus",
        checks: [
            .init("pool 'sloop'", .slow, detail: "dir", mend: "scripts/install-incus"),
            .init("mmdebstrap", .missing, isRequired: false, detail: "no images", mend: "apt-get install mmdebstrap"),
        ])

    private func shown(_ report: DoctorReport, _ format: OutputFormat) throws -> String {
        let output = NIOLockedValueBox(Data())
        let terminal = Terminal(
            writeOutput: { data in output.withLockedValue { $0 += data } }, writeError: { _ in }, outputIsTTY: false,
            errorIsTTY: false, environment: [:], now: { noon }, directory: "/")
        try Terminal.$current.withValue(terminal) { try report.show(as: format) }
        return String(decoding: output.withLockedValue { $0 }, as: UTF8.self)
    }

    @Test func whatIsMissingHasTheCommandThatMendsIt() throws {
        let report = DoctorReport([Self.local, Self.incus])
        #expect(report.isUsable)
        #expect(
            try shown(report, .table) == """
                ENGINE  CHECK         STATE    FOUND           MEND IT WITH
                local   bwrap         ok       /usr/bin/bwrap  -
                local   sshd          missing  not installed   apt-get install openssh-server
                incus   pool 'sloop'  slow     dir             scripts/install-incus
                incus   mmdebstrap    missing  no images       apt-get install mmdebstrap

                usable: incus

                """)
    }

    @Test func whatTheConsoleLacksMakesNothingUnusable() throws {
        var report = DoctorReport([Self.incus])
        report.console = EngineHealth(
            engine: "console",
            checks: [.init("terminal", .missing, isRequired: false, detail: "no xterm", mend: "apt-get install x")])
        #expect(report.isUsable)
        let line = "console  terminal      missing  no xterm   apt-get install x"
        #expect(try shown(report, .table).contains(line))
    }

    @Test func withoutAnEngineThatSaysSo() throws {
        let report = DoctorReport([Self.local])
        #expect(!report.isUsable)
        #expect(try shown(report, .table).hasSuffix("\n\nno engine is usable\n"))
    }

    @Test func programsGetEveryCheck() throws {
        let text = try shown(DoctorReport([Self.local, Self.incus]), .json)
        let json = try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any]
        let engines = try #require(json?["engines"] as? [[String: Any]])
        #expect(engines.map { $0["usable"] as? Bool } == [false, true])
        let check = try #require((engines[0]["checks"] as? [[String: Any]])?.last)
        #expect(check["name"] as? String == "sshd")
        #expect(check["state"] as? String == "missing")
        #expect(check["mend"] as? String == "apt-get install openssh-server")
    }
}
