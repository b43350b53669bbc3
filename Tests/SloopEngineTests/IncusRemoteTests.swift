import Foundation
import SloopModel
import Testing

@testable import SloopEngine

/// The Incus of this computer, by HTTPS.
@Suite(.needsIncus, .serialized) struct IncusRemoteTests {
    private static let address = "127.0.0.1:18443"
    private static let setting = "core.https_address"

    /// Certificates in the folder: `own`, which Incus trusts while the body runs, and `other`, which nobody knows.
    private func withRemote(_ body: (EngineBench, IncusEngine, URL) async throws -> Void) async throws {
        try await withIncus { bench, engine in
            let client = engine.client
            for name in ["own", "other"] {
                let path = bench.folder.appending(path: name).path
                try run(
                    "openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-384", "-nodes",
                    "-days",
                    "1", "-subj", "/CN=sloop-test", "-keyout", path + ".key", "-out", path + ".crt")
            }
            let before = try await address(client)
            let own = try String(contentsOf: bench.folder.appending(path: "own.crt"), encoding: .utf8)
            let body64 = own.split(separator: "\n").filter { !$0.hasPrefix("-----") }.joined()
            let name = "sloop-test-\(UUID().uuidString.prefix(8))"
            try await client.change(
                .POST, "/1.0/certificates", ["name": name, "type": "client", "certificate": body64])
            let result: Result<Void, any Error>
            do {
                try await set(Self.address, client)
                result = .success(try await body(bench, engine, bench.folder))
            } catch { result = .failure(error) }
            try await set(before, client)
            struct Trusted: Decodable {
                let name: String
                let fingerprint: String
            }
            let all: [Trusted] = try await client.get("/1.0/certificates?recursion=1")
            for one in all where one.name == name { try await client.remove("/1.0/certificates/\(one.fingerprint)") }
            try result.get()
        }
    }

    private struct Settings: Decodable { let config: [String: String]? }

    private func address(_ client: IncusClient) async throws -> String {
        try await client.get("/1.0", as: Settings.self).config?[Self.setting] ?? ""
    }

    private func set(_ address: String, _ client: IncusClient) async throws {
        try await client.change(.PATCH, "/1.0", ["config": [Self.setting: address]])
    }

    private func server(_ folder: URL, own: String = "own", shows: String = "/var/lib/incus/server.crt") throws
        -> IncusServer
    {
        try IncusServer(
            url: "https://\(Self.address)", certificate: folder.appending(path: own + ".crt").path,
            key: folder.appending(path: own + ".key").path, serverCertificate: shows)
    }

    @Test func theMainJobIsDoneByHTTPSToo() async throws {
        try await withRemote { bench, engine, folder in
            let remote = try await IncusEngine(server(folder), installation: engine.installation)
            try FileManager.default.createDirectory(
                at: folder.appending(path: "far"), withIntermediateDirectories: true)
            let far = try EngineBench(
                remote, folder: folder.appending(path: "far"), username: "admin", image: bench.image
            ) { remote }
            try await far.everyCallMayBeRepeated()
            try await far.theKeysThatWerePlantedOpenTheMachine()
        }
    }

    @Test func aServerThatShowsAnotherCertificateIsToldNothing() async throws {
        try await withRemote { _, engine, folder in
            let other = folder.appending(path: "other.crt").path
            let error = await #expect(throws: SloopError.self) {
                _ = try await IncusEngine(server(folder, shows: other), installation: engine.installation)
            }
            #expect(
                error?.code == .accessDenied && error?.message.contains(other) == true, "\(String(describing: error))")
        }
    }

    @Test func aCertificateThatIncusDoesNotTrustIsRefused() async throws {
        try await withRemote { _, engine, folder in
            let error = await #expect(throws: SloopError.self) {
                _ = try await IncusEngine(server(folder, own: "other"), installation: engine.installation)
            }
            #expect(error?.message.contains(Self.address) == true, "\(String(describing: error))")
            #expect(error?.tip.contains("trust") == true, "\(String(describing: error))")
        }
    }

    @Test func aFileThatIsNoneIsNamed() throws {
        let error = #expect(throws: SloopError.self) {
            _ = try IncusServer(
                url: "https://h:8443", certificate: "/nowhere/a", key: "/nowhere/b", serverCertificate: "/nowhere/c")
        }
        #expect(error?.code == .invalidInput && error?.message.hasPrefix("/nowhere/a") == true)
        for url in ["http://h:1", "h:8443", "https://", "https://u@h:1", "https://h:1/x"] {
            let error = #expect(throws: SloopError.self) {
                _ = try IncusServer(url: url, certificate: "", key: "", serverCertificate: "")
            }
            #expect(error?.code == .invalidInput && error?.tip == "write it as https://HOST:8443")
        }
    }
}
