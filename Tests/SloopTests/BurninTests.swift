import Foundation
import Testing

/// `sloop burnin`, which is itself a test of the whole, on the user's computer.
@Suite(.serialized, .needsSandbox) struct BurninTests {
    private var folders: [String] {
        ((try? FileManager.default.contentsOfDirectory(atPath: "/var/tmp")) ?? []).filter {
            $0.hasPrefix("sloop-burnin-")
        }
    }

    /// Starts it with its output in files, and gives its process.
    private func start(_ scratch: URL, _ machines: Int) throws -> Process {
        let process = Process()
        process.executableURL = URL(filePath: Daemon.program)
        process.arguments = [
            "burnin", "--engine", "local", "-n", "\(machines)", "--catalog", Daemon.catalog, "--output", "json",
        ]
        process.standardInput = FileHandle.nullDevice
        for (name, give) in [("out", { process.standardOutput = $0 }), ("error", { process.standardError = $0 })] {
            let file = scratch.appending(path: name).path
            _ = FileManager.default.createFile(atPath: file, contents: nil)
            give(FileHandle(forWritingAtPath: file))
        }
        try process.run()
        return process
    }

    private func report(_ scratch: URL) throws -> [String: Any] {
        let data = try Data(contentsOf: scratch.appending(path: "out"))
        return try #require(
            try? JSONSerialization.jsonObject(with: data) as? [String: Any], "\(String(decoding: data, as: UTF8.self))")
    }

    private func withScratch(_ body: (URL) throws -> Void) throws {
        let scratch = URL(filePath: "/tmp/sloop-burnin-test-\(UUID().uuidString.prefix(8))")
        try FileManager.default.createDirectory(at: scratch, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: scratch) }
        try body(scratch)
    }

    @Test func everyMachineGoesAllTheWayAndNothingIsLeft() throws {
        try withScratch { scratch in
            let process = try start(scratch, 2)
            process.waitUntilExit()
            let report = try report(scratch)
            #expect(process.terminationStatus == 0, "\(report)")
            let steps = try #require(report["steps"] as? [[String: Any]])
            #expect(
                steps.compactMap { $0["step"] as? String } == [
                    "create", "ssh", "script", "stop, start", "reboot", "rotate", "delete",
                ])
            for step in steps { #expect(step["succeeded"] as? Int == 2 && step["failed"] as? Int == 0, "\(step)") }
            #expect((report["leftovers"] as? [Any])?.isEmpty == true)
            let folder = try String(contentsOf: scratch.appending(path: "error"), encoding: .utf8)
                .firstMatch(of: /sloop-burnin-[A-Za-z0-9]+/)
            #expect(!folders.contains(String(try #require(folder).output)))
        }
    }

    @Test func oneThatIsToldToEndLeavesNothingAndSaysSo() throws {
        try withScratch { scratch in
            let process = try start(scratch, 2)
            let begun = Date()
            var folder: String?
            // Until machines are there.
            while true {
                let text = try String(contentsOf: scratch.appending(path: "error"), encoding: .utf8)
                folder = text.firstMatch(of: /\/var\/tmp\/sloop-burnin-[A-Za-z0-9]+/).map { String($0.output) }
                let machines = folder.flatMap {
                    try? FileManager.default.contentsOfDirectory(atPath: $0 + "/machines")
                }
                if machines?.contains(where: { !$0.hasPrefix(".") }) == true { break }
                try #require(Date().timeIntervalSince(begun) < 60, "no machine is made: \(text)")
                usleep(10_000)
            }
            kill(process.processIdentifier, SIGINT)
            process.waitUntilExit()
            let report = try report(scratch)
            #expect(process.terminationStatus == 130, "\(report)")
            #expect(report["wasInterrupted"] as? Bool == true && (report["leftovers"] as? [Any])?.isEmpty == true)
            #expect(!FileManager.default.fileExists(atPath: try #require(folder)))
        }
    }

    @Test(arguments: ["0", "257", "many"]) func aNumberThatIsNoneIsRefused(_ number: String) throws {
        let run = try Daemon.run(
            Daemon.program, ["burnin", "--engine", "local", "-n", number], [:], in: URL(filePath: "/tmp"))
        #expect(run.code == 2 && run.error.contains("error: "), "\(run)")
    }
}

@Suite(.needsIncus) struct IncusBurninTests {
    @Test func realMachinesGoAllTheWayAndNothingIsLeft() throws {
        let words = ["burnin", "--engine", "incus", "-n", "2", "--catalog", Daemon.catalog]
        let run = try Daemon.run(Daemon.program, words, ["NO_COLOR": "1"], in: URL(filePath: "/tmp"))
        #expect(run.code == 0, "\(run.out) \(run.error)")
        for step in ["snapshot", "restore", "ports", "static IP", "rotate", "delete"] {
            #expect(run.out.contains(try Regex("(?m)^\(step) +2/2 +0 ")), "\(run.out)")
        }
        #expect(run.out.hasSuffix("every step succeeded, and nothing is left\n"))
    }
}
