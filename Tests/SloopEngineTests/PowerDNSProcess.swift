import Foundation
import SloopModel
import Testing

@testable import SloopEngine

extension Trait where Self == ConditionTrait {
    /// For tests with a real DNS server.
    static var needsPowerDNS: Self {
        .enabled(
            if: access("/usr/sbin/pdns_server", X_OK) == 0 && access("/usr/bin/dig", X_OK) == 0,
            "no PowerDNS or dig on this machine; install them: scripts/setup pdns-server pdns-backend-sqlite3 bind9-dnsutils"
        )
    }
}

/// A PowerDNS on an address of its own, which ends with the test.
final class PowerDNSProcess {
    let folder: URL
    let address: String
    private let process = Process()

    init() throws {
        folder = URL(filePath: "/tmp/sloop-dns-\(UUID().uuidString.prefix(13))")
        address = "127.\((1...3).map { _ in "\(Int.random(in: 1...254))" }.joined(separator: "."))"
        let repository = URL(filePath: #filePath)
            .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        process.executableURL = repository.appending(path: "scripts/powerdns")
        process.arguments = [folder.path, address]
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        try process.run()
    }

    deinit {
        kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
        try? FileManager.default.removeItem(at: folder)
    }

    /// Lets it stand still, or go on.
    func send(_ signal: Int32) { kill(process.processIdentifier, signal) }

    /// Its API as an installation sees it; the first call waits until it is there.
    func server(installation: String = "one", key: String? = nil, patience: Duration = .seconds(15)) throws -> PowerDNS
    {
        let end = Date() + 10
        // The script writes the key before it starts the server.
        while FileManager.default.contents(atPath: folder.appending(path: "pdns.conf").path) == nil {
            try #require(Date() < end && process.isRunning)
            usleep(10_000)
        }
        let own = try String(contentsOf: folder.appending(path: "key"), encoding: .utf8)
        return PowerDNS(
            url: try #require(URL(string: "http://\(address):8081")), key: key ?? own,
            nameServers: ["ns1.example.net", "ns2.example.net"], installation: installation, patience: patience)
    }

    /// What it answers to everybody, one record a line, sorted.
    func dig(_ name: String, _ type: String) throws -> [String] {
        let dig = Process()
        let pipe = Pipe()
        dig.executableURL = URL(filePath: "/usr/bin/dig")
        dig.arguments = ["+short", "+tries=1", "+time=5", "@\(address)", "-p", "5300", name, type]
        dig.standardOutput = pipe
        try dig.run()
        let text = String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        dig.waitUntilExit()
        return text.split(separator: "\n").map(String.init).sorted()
    }
}
