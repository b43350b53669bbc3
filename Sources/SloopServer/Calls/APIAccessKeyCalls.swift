import LightsailAPI
import SloopModel
import SloopProvisioner

extension CallTable {
    /// - Parameter endpoint: where signed calls are taken, as soon as it is known.
    mutating func addAPIAccessKeyCalls(endpoint: @escaping @Sendable () -> String?) {
        let keys = provisioner.accessKeys

        add(SloopAPI.CreateAPIAccessKey.self) { caller, input in
            let made = try await keys.create(for: input.account)
            return .init(
                accessKey: .init(made.key), secretAccessKey: made.secret, region: caller.region, endpoint: endpoint())
        }
        add(SloopAPI.ListAPIAccessKeys.self) { _, _ in
            .init(accessKeys: try await keys.list().map { .init($0) })
        }
        add(SloopAPI.SetAPIAccessKeyStatus.self) { _, input in
            .init(accessKey: .init(try await keys.set(input.accessKeyId, isEnabled: input.enabled)))
        }
        add(SloopAPI.DeleteAPIAccessKey.self) { _, input in
            .init(accessKey: .init(try await keys.delete(input.accessKeyId)))
        }
    }
}

extension SloopAPI.APIAccessKeyDetails {
    init(_ key: APIAccessKey) {
        self.init(
            accessKeyId: key.id, account: key.account.name, status: key.isEnabled ? "enabled" : "disabled",
            createdAt: key.createdAt, lastUsedAt: key.lastUsedAt)
    }
}
