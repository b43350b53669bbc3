import Foundation
import LightsailAPI
import SloopModel

/// A key pair, who has it, and what its rotations still have to do.
struct KeySummary: Encodable {
    struct Pending: Encodable {
        var rotationId: String?
        var instance: String
        var status: String
        var reason: String?
    }

    /// Nil for Sloop's own access key.
    var name: String?
    var fingerprint: String?
    var createdAt: Date?
    var instances: [String]
    var pending: [Pending]

    /// How Sloop's own key is shown among the others.
    static let accessName = "(sloop's own)"
}

extension SloopAPI.RotationTargetDetails {
    /// Whether the rotation still has to do something here.
    var isOpen: Bool { status == "pending" || status == "proven" }
}

extension APIClient {
    /// The key pair of that name.
    func keyPair(_ name: String) async throws -> Lightsail.KeyPair {
        guard let pair = try await call(Lightsail.GetKeyPair.self, .init(keyPairName: name)).keyPair else {
            throw SloopError(.unexpected, "sloop answered without the key pair '\(name)'")
        }
        return pair
    }

    /// Every key pair, with Sloop's own access key last if a rotation of it is pending.
    func keySummaries() async throws -> [KeySummary] {
        var pairs: [Lightsail.KeyPair] = []
        var token: String?
        repeat {
            let page = try await call(Lightsail.GetKeyPairs.self, .init(pageToken: token))
            pairs += page.keyPairs ?? []
            token = page.nextPageToken
        } while token != nil
        let instances = try await call(SloopAPI.ListInstanceDetails.self, .init()).instances
        let rotations = try await call(SloopAPI.ListKeyRotations.self, .init(onlyPending: true)).rotations

        func summary(_ name: String?, _ pair: Lightsail.KeyPair?) -> KeySummary {
            let pending = rotations.filter { $0.keyPair == name }.flatMap { rotation in
                rotation.targets.filter(\.isOpen).map {
                    KeySummary.Pending(
                        rotationId: rotation.id, instance: $0.instance, status: $0.status, reason: $0.reason)
                }
            }
            return KeySummary(
                name: name, fingerprint: pair?.fingerprint, createdAt: pair?.createdAt,
                instances: instances.filter { name == nil || $0.keyPair == name }.map(\.name), pending: pending)
        }
        let own = summary(nil, nil)
        return pairs.map { summary($0.name, $0) } + (own.pending.isEmpty ? [] : [own])
    }
}
