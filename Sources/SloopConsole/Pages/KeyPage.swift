import Foundation
import SloopModel
import SloopProvisioner

/// One key pair: who has it, and how its rotations go, machine by machine.
struct KeyPage: Page {
    let template = "key"
    let entry = Menu.keys
    let parts = ["key-rotations"]
    let name: String
    var faults: Faults = [:]

    init(_ name: String, faults: Faults = [:]) {
        self.name = name
        self.faults = faults
    }

    var path: String? { "/keys/\(name)" }

    /// How far a rotation has come on one machine.
    struct Target: Sendable {
        let instance: String
        let added: Mark
        let proven: Mark
        let removed: Mark
        let refused: Mark
        let reason: String?
    }

    /// Whether a step is done, as a sign and as a word.
    struct Mark: Sendable {
        let sign: String
        let word: String
        let tone: String

        static func done(_ word: String) -> Mark { Mark(sign: "✓", word: word, tone: "good") }
        static let open = Mark(sign: "·", word: "not yet", tone: "quiet")
        static let passed = Mark(sign: "–", word: "not needed", tone: "quiet")
    }

    struct Rotation: Sendable {
        let startedAt: Moment
        let oldAndNew: String
        let chip: Chip
        let targets: [Target]
    }

    struct Content: Sendable {
        let name: String
        let fingerprint: String
        let publicKey: String
        let origin: String
        let createdAt: Moment
        let isDefault: Bool
        let instanceNames: [String]
        let hasInstances: Bool
        let rotations: [Rotation]
        let hasRotations: Bool
        let faults: Faults
    }

    func title(_ content: Content) -> String { content.name }

    func content(_ visit: Visit) async throws -> Content {
        let view = try await visit.services.keyPairs.find(name)
        let rotations = try await visit.services.rotations.list(openOnly: false)
            .filter { $0.rotation.keyPair == name }.sorted { $0.rotation.createdAt > $1.rotation.createdAt }.prefix(5)
        return Content(
            name: name, fingerprint: view.pair.fingerprint, publicKey: view.pair.publicKey,
            origin: view.pair.origin == .created ? "made here" : "imported", createdAt: Moment(view.pair.createdAt),
            isDefault: name == DefaultKeyPair.name, instanceNames: view.instances.map(\.name),
            hasInstances: !view.instances.isEmpty, rotations: rotations.map { Rotation($0) },
            hasRotations: !rotations.isEmpty, faults: faults)
    }
}

extension KeyPage.Rotation {
    init(_ view: RotationService.View) {
        let open = view.targets.count(where: \.isOpen)
        self.init(
            startedAt: Moment(view.rotation.createdAt), oldAndNew: view.rotation.newFingerprint,
            chip: view.rotation.status == .done
                ? Chip("done", .good)
                : view.isAtWork ? Chip("\(open) at work", .busy) : Chip("\(open) waiting", .quiet),
            targets: view.targets.map { KeyPage.Target($0) })
    }
}

extension KeyPage.Target {
    init(_ target: RotationTarget) {
        let isProven = target.proof != nil
        let passed = target.status == .superseded && !isProven
        let open: KeyPage.Mark = passed ? .passed : .open
        self.init(
            instance: target.instanceName, added: isProven ? .done("added") : open,
            proven: target.proof.map { .done($0 == .login ? "by a login" : "sshd takes it") } ?? open,
            removed: target.oldRefused ? .done("removed") : passed ? .passed : .open,
            refused: target.oldRefused ? .done("refused") : passed ? .passed : .open, reason: target.reason)
    }
}
