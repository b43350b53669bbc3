import LightsailAPI
import SloopModel
import SloopProvisioner

extension CallTable {
    mutating func addKeyPairCalls() {
        add(Lightsail.CreateKeyPair.self) { caller, input in
            let made = try await caller.keyPairs.create(
                try input.keyPairName.required("keyPairName"), tags: Caller.tags(input.tags))
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
        add(Lightsail.GetKeyPairs.self) { caller, input in
            let after = try Page.key(input.pageToken, call: "GetKeyPairs")
            let page = Page.cut(
                try await caller.keyPairs.page(after: after, limit: Page.size + 1), call: "GetKeyPairs"
            ) { $0.name }
            let shown = page.items.filter { input.includeDefaultKeyPair == true || $0.name != DefaultKeyPair.name }
            return .init(keyPairs: shown.map { .init($0, caller) }, nextPageToken: page.next)
        }
        add(Lightsail.DownloadDefaultKeyPair.self) { caller, _ in
            let key = try await caller.keyPairs.downloadDefault()
            return .init(
                publicKeyBase64: key.pair.publicKey, privateKeyBase64: key.privateKey, createdAt: key.pair.createdAt)
        }
        add(Lightsail.DeleteKeyPair.self) { caller, input in
            let operation = try await caller.keyPairs.delete(
                try input.keyPairName.required("keyPairName"), fingerprint: input.expectedFingerprint)
            return .init(operation: .init(operation, caller))
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
