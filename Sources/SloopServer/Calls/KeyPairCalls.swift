import LightsailAPI
import SloopModel
import SloopProvisioner

extension CallTable {
    mutating func addKeyPairCalls(_ provisioner: Provisioner) {
        let pairs = provisioner.keyPairs

        add(Lightsail.CreateKeyPair.self) { input in
            let made = try await pairs.create(try input.keyPairName.required("keyPairName"))
            return .init(
                keyPair: .init(made.pair), publicKeyBase64: made.pair.publicKey, privateKeyBase64: made.privateKey,
                operation: .init(made.operation))
        }
        add(Lightsail.ImportKeyPair.self) { input in
            let operation = try await pairs.import(
                try input.keyPairName.required("keyPairName"),
                publicKey: try input.publicKeyBase64.required("publicKeyBase64"))
            return .init(operation: .init(operation))
        }
        add(Lightsail.GetKeyPair.self) { input in
            .init(keyPair: .init(try await pairs.find(try input.keyPairName.required("keyPairName")).pair))
        }
        add(Lightsail.GetKeyPairs.self) { _ in
            .init(keyPairs: try await pairs.list().map { .init($0.pair) })
        }
        add(Lightsail.DeleteKeyPair.self) { input in
            .init(operation: .init(try await pairs.delete(try input.keyPairName.required("keyPairName"))))
        }
    }
}

extension Lightsail.KeyPair {
    init(_ pair: KeyPair) {
        self.init(
            name: pair.name, arn: "arn:aws:lightsail:local-1:000000000000:KeyPair/\(pair.id)",
            supportCode: "000000000000/\(pair.name)", createdAt: pair.createdAt, location: .everywhere,
            resourceType: "KeyPair", tags: [], fingerprint: pair.fingerprint)
    }
}
