import Foundation
import SloopModel
import SloopProvisioner

/// The new key of a rotation, to be saved before anything is changed, and what will be.
struct KeyOfferPage: Page {
    let template = "key-offer"
    let entry = Menu.keys
    let offer: RotationService.Offer

    /// When a machine gets the new key.
    struct Planned: Sendable {
        let instance: String
        let words: String
    }

    struct Content: Sendable {
        let name: String
        let rotationID: String
        let fingerprint: String
        let key: PrivateKeyView
        let targets: [Planned]
        let hasTargets: Bool
    }

    func title(_ content: Content) -> String { "Rotate \(content.name)" }

    func content(_ visit: Visit) async throws -> Content {
        let name = offer.rotation.keyPair ?? ""
        let view = try await visit.services.rotations.dryRun(keyPair: name, instances: nil)
        return Content(
            name: name, rotationID: offer.rotation.id.value, fingerprint: offer.rotation.newFingerprint,
            key: PrivateKeyView(offer.privateKey, file: "\(name)-new.pem"),
            targets: view.targets.map { target in
                Planned(instance: target.instanceName, words: target.reason.map { "waits: \($0)" } ?? "at once")
            },
            hasTargets: !view.targets.isEmpty)
    }
}

extension Visit {
    func offerRotation() async throws -> PageAnswer {
        try await act {
            KeyPage(name, faults: $0)
        } _: {
            let offer = try await services.rotations.offer(keyPair: name)
            // A script saves the key to a file by itself, and starts the rotation when that is done.
            guard form["as"] == "json" else { return try await KeyOfferPage(offer: offer).answer(self) }
            return try .json(["rotation": offer.rotation.id.value, "privateKey": offer.privateKey])
        }
    }

    /// Starts what was offered, or rotates to a public key that the form has.
    func startRotation() async throws -> PageAnswer {
        try await act {
            KeyPage(name, faults: $0)
        } _: {
            if form["rotation"].isEmpty {
                _ = try await FieldError.blaming("public-key") {
                    try await services.rotations.start(keyPair: name, publicKey: form["public-key"], instances: nil)
                }
            } else {
                _ = try await services.rotations.start(
                    offer: RotationID(form["rotation"]), keyPair: name, instances: nil)
            }
            return .seeOther("/keys/\(name)")
        }
    }

    func deleteKey() async throws -> PageAnswer {
        try await act {
            KeyPage(name, faults: $0)
        } _: {
            let fingerprint = form["fingerprint"]
            _ = try await services.keyPairs.delete(name, fingerprint: fingerprint.isEmpty ? nil : fingerprint)
            return .seeOther("/keys")
        }
    }
}
