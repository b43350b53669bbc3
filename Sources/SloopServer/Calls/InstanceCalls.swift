import LightsailAPI
import SloopModel
import SloopProvisioner

extension CallTable {
    mutating func addInstanceCalls(_ provisioner: Provisioner) {
        let instances = provisioner.instances
        let catalog = provisioner.catalog

        add(Lightsail.CreateInstances.self) { input in
            let request = InstanceService.Request(
                names: try input.instanceNames.required("instanceNames"),
                blueprint: try input.blueprintId.required("blueprintId"),
                bundle: try input.bundleId.required("bundleId"), keyPair: input.keyPairName, script: input.userData,
                tags: try tags(input.tags))
            return Lightsail.OperationsResult(operations: try await instances.create(request).map { .init($0) })
        }
        add(Lightsail.GetInstance.self) { input in
            let view = try await instances.find(try input.instanceName.required("instanceName"))
            return .init(instance: .init(view, catalog))
        }
        add(Lightsail.GetInstances.self) { _ in
            .init(instances: try await instances.list().map { .init($0, catalog) })
        }
        add(Lightsail.GetInstanceState.self) { input in
            let state = try await instances.find(try input.instanceName.required("instanceName")).instance.state
            return .init(state: .init(code: state.code, name: state.lightsailName))
        }
        add(Lightsail.StartInstance.self) { input in
            .init(operations: [.init(try await instances.start(try input.instanceName.required("instanceName")))])
        }
        add(Lightsail.StopInstance.self) { input in
            .init(operations: [.init(try await instances.stop(try input.instanceName.required("instanceName")))])
        }
        add(Lightsail.RebootInstance.self) { input in
            .init(operations: [.init(try await instances.reboot(try input.instanceName.required("instanceName")))])
        }
        add(Lightsail.DeleteInstance.self) { input in
            .init(operations: [.init(try await instances.delete(try input.instanceName.required("instanceName")))])
        }
        add(Lightsail.GetInstanceAccessDetails.self) { input in
            let name = try input.instanceName.required("instanceName")
            let access = try await instances.temporaryAccess(to: name)
            return .init(accessDetails: .init(access))
        }
        add(SloopAPI.GetInstanceDetails.self) { input in
            .init(instance: details(try await instances.find(input.instanceName), provisioner))
        }
        add(SloopAPI.GetInstanceConsole.self) { input in
            .init(instance: input.instanceName, log: try await instances.console(input.instanceName))
        }
        add(SloopAPI.GetInstanceSecrets.self) { input in
            let secrets = try await instances.secrets(input.instanceName)
            return .init(
                instance: input.instanceName, secrets: secrets.map { .init(name: $0.name, value: $0.value) })
        }
        add(SloopAPI.ListInstanceDetails.self) { _ in
            .init(instances: try await instances.list().map { .init($0, tail: nil) })
        }
    }
}

private func details(_ view: InstanceService.View, _ provisioner: Provisioner) -> SloopAPI.InstanceDetails {
    .init(view, tail: view.launch.map { provisioner.launches.tail(of: $0.id) })
}

private func tags(_ tags: [Lightsail.Tag]?) throws -> [String: String] {
    try (tags ?? []).reduce(into: [:]) { all, tag in
        let key = try tag.key.required("tags.key")
        guard all.updateValue(tag.value ?? "", forKey: key) == nil else {
            throw SloopError(.invalidInput, "the tag '\(key)' is given twice", tip: "give each key once")
        }
    }
}

extension Lightsail.InstanceAccessDetails {
    init(_ access: TemporaryAccess) {
        let words = access.instance.hostKey.split(separator: " ").map(String.init)
        self.init(
            certKey: access.certificate, expiresAt: access.expiresAt, ipAddress: access.instance.publicAddress,
            privateKey: access.privateKey, protocol: "ssh", instanceName: access.instance.name,
            username: access.instance.username,
            hostKeys: [
                Lightsail.HostKeyAttributes(
                    algorithm: words.first, publicKey: words.count > 1 ? words[1] : nil,
                    witnessedAt: access.instance.createdAt, fingerprintSHA256: access.hostKeyFingerprint)
            ])
    }
}
