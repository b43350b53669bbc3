import Foundation
import LightsailAPI
import Logging
import SloopProvisioner
import Testing

@testable import SloopServer

/// What is said of Lightsail's 161 operations, and docs/lightsail-coverage.md, which is written from it.
@Suite struct CoverageTests {
    private static let root = URL(filePath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    private static let document = root.appending(path: "docs/lightsail-coverage.md")

    /// The call table of a server, by a state of its own.
    private func withCalls<Value>(_ use: (CallTable) throws -> Value) async throws -> Value {
        let folder = FileManager.default.temporaryDirectory.appending(path: "sloop-coverage-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: folder) }
        let assembly = try await Assembly(
            state: folder, engine: .local, catalog: CoverageTests.root, logger: Logger(label: "coverage"))
        let value = try use(
            Server.calls(
                assembly.provisioner, status: .init(version: "", statePath: "", installation: ""), endpoint: Endpoint())
        )
        await assembly.provisioner.stop()
        try assembly.close()
        return value
    }

    @Test func everyOperationOfLightsailIsInOneFamily() {
        let names = OperationFamily.all.flatMap(\.operations)
        #expect(names.count == 161)
        #expect(names.sorted() == Lightsail.allOperations.map { $0.name }.sorted())
    }

    @Test func anOperationThatIsNotOfferedIsDeclinedByNameAndNonsenseIsNot() async throws {
        try await withCalls { calls in
            for operation in Lightsail.allOperations where calls.handlers[operation.target] == nil {
                let declined = #expect(throws: LightsailException.self) { try calls.handler(for: operation.target) }
                #expect(declined?.name == .unknownOperation && declined?.code == "notOffered")
                #expect(declined?.message.hasPrefix("Sloop does not offer \(operation.name) (") == true)
            }
            for nonsense in ["Lightsail_20161128.Nonsense", "Other.GetLoadBalancers", "GetLoadBalancers", ".", "\u{0}"]
            {
                let unknown = #expect(throws: LightsailException.self) { try calls.handler(for: nonsense) }
                #expect(unknown?.name == .unknownOperation && unknown?.code == "UnknownOperationException")
            }
        }
    }

    /// With SLOOP_WRITE_COVERAGE it writes the document instead: scripts/generate-coverage.
    @Test func theDocumentSaysWhatIsAnsweredAndWhatIsDeclined() async throws {
        let text = try await withCalls { CoverageDocument(answered: Set($0.targets)).text }
        if ProcessInfo.processInfo.environment["SLOOP_WRITE_COVERAGE"] != nil {
            try text.write(to: CoverageTests.document, atomically: true, encoding: .utf8)
        }
        let written = try String(contentsOf: CoverageTests.document, encoding: .utf8)
        #expect(written == text, "docs/lightsail-coverage.md is stale; run scripts/generate-coverage")
    }
}
