import LightsailAPI
import SloopModel
import SloopProvisioner

extension CallTable {
    mutating func addInstanceCalls() {
        add(Lightsail.CreateInstances.self) { caller, input in
            if let name = input.customImageName, !name.isEmpty {
                throw SloopError(
                    .notOffered, "customImageName is not offered", tip: "name a blueprint by blueprintId instead")
            }
            let request = InstanceService.Request(
                names: try input.instanceNames.required("instanceNames"),
                blueprint: try input.blueprintId.required("blueprintId"),
                bundle: try input.bundleId.required("bundleId"),
                keyPair: input.keyPairName.flatMap { $0.isEmpty ? nil : $0 }, script: input.userData,
                tags: try Caller.tags(input.tags), zone: try caller.zone(input.availabilityZone.required("zone")),
                ipAddressType: input.ipAddressType ?? "dualstack", snapshotHour: try snapshotHour(input.addOns))
            let operations = try await caller.instances.create(request)
            return Lightsail.OperationsResult(operations: operations.map { .init($0, caller) })
        }
        add(Lightsail.GetInstance.self) { caller, input in
            let view = try await caller.instances.find(try input.instanceName.required("instanceName"))
            return .init(instance: .init(view, caller))
        }
        add(Lightsail.GetInstances.self) { caller, input in
            let after = try Page.key(input.pageToken, call: "GetInstances")
            let page = Page.cut(
                try await caller.instances.page(after: after, limit: Page.size + 1), call: "GetInstances"
            ) { $0.instance.name }
            return .init(instances: page.items.map { .init($0, caller) }, nextPageToken: page.next)
        }
        add(Lightsail.GetInstanceState.self) { caller, input in
            let name = try input.instanceName.required("instanceName")
            let state = try await caller.instances.find(name).instance.state
            return .init(state: .init(code: state.code, name: state.lightsailName))
        }
        add(Lightsail.StartInstance.self) { caller, input in
            let operation = try await caller.instances.start(try input.instanceName.required("instanceName"))
            return .init(operations: [.init(operation, caller)])
        }
        add(Lightsail.StopInstance.self) { caller, input in
            let operation = try await caller.instances.stop(try input.instanceName.required("instanceName"))
            return .init(operations: [.init(operation, caller)])
        }
        add(Lightsail.RebootInstance.self) { caller, input in
            let operation = try await caller.instances.reboot(try input.instanceName.required("instanceName"))
            return .init(operations: [.init(operation, caller)])
        }
        add(Lightsail.DeleteInstance.self, mayWait: true) { caller, input in
            let name = try input.instanceName.required("instanceName")
            let operations = try await caller.instances.deleteAndWait(name, upTo: .seconds(25))
            return .init(operations: operations.map { .init($0, caller) })
        }
        add(Lightsail.SetIpAddressType.self) { caller, input in
            let type = try input.resourceType.required("resourceType")
            guard type == "Instance" else {
                throw SloopError(.notOffered, "the type of addresses of a \(type.prefix(40)) cannot be set")
            }
            let operation = try await caller.instances.setIPAddressType(
                try input.ipAddressType.required("ipAddressType"), of: try input.resourceName.required("resourceName"))
            return .init(operations: [.init(operation, caller)])
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
