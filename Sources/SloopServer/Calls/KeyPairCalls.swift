import LightsailAPI
import SloopModel
import SloopProvisioner

extension CallTable {
    mutating func addKeyPairCalls() {
        add(Lightsail.CreateKeyPair.self) { caller, input in
            let made = try await caller.keyPairs.create(try input.keyPairName.required("keyPairName"))
            return .init(
                keyPair: .init(made.pair, caller), publicKeyBase64: made.pair.publicKey,
                privateKeyBase64: made.privateKey,
                operation: .init(made.operation, caller))
        }
        add(Lightsail.ImportKeyPair.self) { caller, input in
            let operation = try await caller.keyPairs.import(
                try input.keyPairName.required("keyPairName"),
                publicKey: try input.publicKeyBase64.required("publicKeyBase64"))
            return .init(operation: .init(operation, caller))
        }
        add(Lightsail.GetKeyPair.self) { caller, input in
            .init(
                keyPair: .init(
                    try await caller.keyPairs.find(try input.keyPairName.required("keyPairName")).pair, caller))
        }
        add(Lightsail.GetKeyPairs.self) { caller, _ in
            .init(keyPairs: try await caller.keyPairs.list().map { .init($0.pair, caller) })
        }
        add(Lightsail.DeleteKeyPair.self) { caller, input in
            .init(
                operation: .init(
                    try await caller.keyPairs.delete(try input.keyPairName.required("keyPairName")), caller))
        }
    }
}

extension Lightsail.KeyPair {
    init(_ pair: KeyPair, _ caller: Caller) {
        self.init(
            name: pair.name, arn: caller.arn("KeyPair", pair.id.value),
            supportCode: caller.supportCode(pair.name), createdAt: pair.createdAt,
            location: caller.regional,
            resourceType: "KeyPair", tags: Caller.wire(pair.tags), fingerprint: pair.fingerprint)
    }
}
