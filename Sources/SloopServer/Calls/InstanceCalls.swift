import LightsailAPI
import SloopModel
import SloopProvisioner

extension CallTable {
    mutating func addInstanceCalls() {
        add(Lightsail.CreateInstances.self) { caller, input in
            let request = InstanceService.Request(
                names: try input.instanceNames.required("instanceNames"),
                blueprint: try input.blueprintId.required("blueprintId"),
                bundle: try input.bundleId.required("bundleId"), keyPair: input.keyPairName, script: input.userData,
                tags: try Caller.tags(input.tags))
            return Lightsail.OperationsResult(
                operations: try await caller.instances.create(request).map { .init($0, caller) })
        }
        add(Lightsail.GetInstance.self) { caller, input in
            let view = try await caller.instances.find(try input.instanceName.required("instanceName"))
            return .init(instance: .init(view, caller))
        }
        add(Lightsail.GetInstances.self) { caller, _ in
            .init(instances: try await caller.instances.list().map { .init($0, caller) })
        }
        add(Lightsail.GetInstanceState.self) { caller, input in
            let state = try await caller.instances.find(try input.instanceName.required("instanceName")).instance.state
            return .init(state: .init(code: state.code, name: state.lightsailName))
        }
        add(Lightsail.StartInstance.self) { caller, input in
            .init(operations: [
                .init(try await caller.instances.start(try input.instanceName.required("instanceName")), caller)
            ])
        }
        add(Lightsail.StopInstance.self) { caller, input in
            .init(operations: [
                .init(try await caller.instances.stop(try input.instanceName.required("instanceName")), caller)
            ])
        }
        add(Lightsail.RebootInstance.self) { caller, input in
            .init(operations: [
                .init(try await caller.instances.reboot(try input.instanceName.required("instanceName")), caller)
            ])
        }
        add(Lightsail.DeleteInstance.self) { caller, input in
            .init(operations: [
                .init(try await caller.instances.delete(try input.instanceName.required("instanceName")), caller)
            ])
        }
        add(Lightsail.GetInstanceAccessDetails.self) { caller, input in
            let name = try input.instanceName.required("instanceName")
            let access = try await caller.instances.temporaryAccess(to: name)
            return .init(accessDetails: .init(access))
        }
        add(SloopAPI.GetInstanceDetails.self) { caller, input in
            .init(instance: details(try await caller.instances.find(input.instanceName), caller))
        }
        add(SloopAPI.GetInstanceConsole.self) { caller, input in
            .init(instance: input.instanceName, log: try await caller.instances.console(input.instanceName))
        }
        add(SloopAPI.GetInstanceSecrets.self) { caller, input in
            let secrets = try await caller.instances.secrets(input.instanceName)
            return .init(
                instance: input.instanceName, secrets: secrets.map { .init(name: $0.name, value: $0.value) })
        }
        add(SloopAPI.ListInstanceDetails.self) { caller, _ in
            .init(instances: try await caller.instances.list().map { .init($0, tail: nil) })
        }
    }
}

private func details(_ view: InstanceService.View, _ caller: Caller) -> SloopAPI.InstanceDetails {
    .init(view, tail: view.launch.map { caller.launches.tail(of: $0.id) })
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
