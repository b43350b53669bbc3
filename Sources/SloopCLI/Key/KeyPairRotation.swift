import Foundation
import LightsailAPI
import SloopModel

/// The rotation of one key: what the server is asked for, in which order, and when it is settled.
struct KeyPairRotation {
    let api: APIClient
    /// Nil for all that have the key.
    let instances: [String]?
    let isDryRun: Bool
    let wait: WaitOption

    /// Rotates a key pair; the new private key, if Sloop makes it, is on the disk before anything is changed.
    ///
    /// - Parameters:
    ///   - save: the file for the private key, or `-`; nil for one in the current folder.
    ///   - publicKey: the file with the new public key; nil if Sloop makes the key.
    func run(_ name: String, save: String?, publicKey: String?) async throws -> SloopAPI.RotationDetails {
        var input = SloopAPI.RotateKeyPair.Input(keyPairName: name, instanceNames: instances)
        input.publicKeyBase64 = try publicKey.map(PublicKeyFile.read)
        if isDryRun {
            input.dryRun = true
        } else if input.publicKeyBase64 == nil {
            input.rotationId = try await prepare(name, save: save)
        }
        return try await settled(try await api.call(SloopAPI.RotateKeyPair.self, input).rotation)
    }

    /// Makes the new key and saves it; nothing has changed when this is over.
    private func prepare(_ name: String, save: String?) async throws -> String {
        let terminal = Terminal.current
        let argument = save ?? "\(name)-\(Self.stamp(terminal.now())).pem"
        var file = try SecretFile.optional(argument == "-" ? nil : argument)
        let prepared = try await api.call(SloopAPI.PrepareKeyRotation.self, .init(keyPairName: name))
        if argument == "-" {
            terminal.print(prepared.privateKey.trimmingCharacters(in: .newlines))
        } else {
            try file?.keep(prepared.privateKey)
            terminal.note("the new private key of \(name) is in \(argument)")
        }
        return prepared.rotationId
    }

    /// Waits until every instance is done, or has said why it must wait.
    func settled(_ started: SloopAPI.RotationDetails) async throws -> SloopAPI.RotationDetails {
        guard !isDryRun, !wait.noWait, let id = started.id else { return started }
        let line = LiveLine()
        defer { line.clear() }
        var rotation = started
        while rotation.isAtWork {
            let done = rotation.targets.filter { !$0.isOpen }.count
            line.show("\(rotation.keyPair ?? "access key"): \(done) of \(rotation.targets.count) instances")
            rotation = try await api.patientCall(
                SloopAPI.GetKeyRotation.self,
                .init(
                    rotationId: id, waitSeconds: APIClient.holdSeconds,
                    // Where nobody watches the count, the end is all that matters.
                    changedAfter: Terminal.current.errorIsTTY ? rotation.targets.compactMap(\.changedAt).max() : nil),
                waiting: APIClient.holdSeconds
            ).rotation
        }
        return rotation
    }

    /// `20261124-015201`, UTC.
    private static func stamp(_ date: Date) -> String {
        date.formatted(.iso8601.dateSeparator(.omitted).timeSeparator(.omitted).dateTimeSeparator(.standard))
            .replacingOccurrences(of: "T", with: "-").replacingOccurrences(of: "Z", with: "")
    }
}

extension SloopAPI.RotationDetails {
    /// Whether some instance is neither done nor has a reason to wait.
    var isAtWork: Bool { status != "done" && targets.contains { $0.isOpen && $0.reason == nil } }

    /// The table that a person can trust: what was proven where.
    func text(_ style: Style) -> String {
        let key = keyPair.map { "key pair \($0)" } ?? "sloop's own access key"
        guard !targets.isEmpty else { return "\(key): no instance has it" }
        var table = Table([
            "INSTANCE", "OLD KEY", "NEW KEY", .state("PROVEN"), .state("OLD REFUSED"), .state("STATUS"), "REASON",
        ])
        table.rows = targets.map { target in
            [
                target.instance, target.oldFingerprint, target.newFingerprint ?? "",
                target.proven ? target.proof.map { "by \($0)" } ?? "yes" : "no", target.oldRefused ? "yes" : "no",
                target.status, target.reason ?? "",
            ]
        }
        return "\(style.bold(key)): \(status)\n\(table.text(style))"
    }
}
