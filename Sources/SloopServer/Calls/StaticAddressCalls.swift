import LightsailAPI
import SloopModel
import SloopProvisioner

extension CallTable {
    mutating func addStaticAddressCalls() {
        add(Lightsail.AllocateStaticIp.self) { caller, input in
            let operation = try await caller.staticAddresses.allocate(try input.staticIpName.required("staticIpName"))
            return .init(operations: [.init(operation, caller)])
        }
        add(Lightsail.AttachStaticIp.self, mayWait: true) { caller, input in
            let name = try input.instanceName.required("instanceName")
            let operation = try await caller.staticAddresses.attach(
                try input.staticIpName.required("staticIpName"), to: name)
            return .init(operations: .pair(operation, with: name, caller))
        }
        add(Lightsail.DetachStaticIp.self, mayWait: true) { caller, input in
            let name = try input.staticIpName.required("staticIpName")
            let before = try await caller.staticAddresses.find(name).instance
            let operation = try await caller.staticAddresses.detach(name)
            return .init(operations: .pair(operation, with: before?.name ?? "", caller))
        }
        add(Lightsail.ReleaseStaticIp.self) { caller, input in
            let operation = try await caller.staticAddresses.release(try input.staticIpName.required("staticIpName"))
            return .init(operations: [.init(operation, caller)])
        }
        add(Lightsail.GetStaticIp.self) { caller, input in
            let view = try await caller.staticAddresses.find(try input.staticIpName.required("staticIpName"))
            return .init(staticIp: .init(view, caller))
        }
        add(Lightsail.GetStaticIps.self) { caller, input in
            let after = try Page.key(input.pageToken, call: "GetStaticIps")
            let page = Page.cut(
                try await caller.staticAddresses.page(after: after, limit: Page.size + 1), call: "GetStaticIps"
            ) { $0.address.name }
            return .init(staticIps: page.items.map { .init($0, caller) }, nextPageToken: page.next)
        }
    }
}

extension Lightsail.StaticIp {
    init(_ view: StaticAddressService.View, _ caller: Caller) {
        let address = view.address
        self.init(
            name: address.name, arn: caller.arn("StaticIp", address.id.value),
            supportCode: caller.supportCode(address.address), createdAt: address.createdAt, location: caller.regional,
            resourceType: "StaticIp", ipAddress: address.address, attachedTo: view.instance?.name,
            isAttached: view.instance != nil)
    }
}

extension [Lightsail.OperationRecord] {
    /// Lightsail tells of two resources that one change touches by an operation for each, of which each names the other.
    /// They are one operation here, so that both have its id.
    static func pair(_ operation: SloopModel.Operation, with instance: String, _ caller: Caller) -> Self {
        var first = Lightsail.OperationRecord(operation, caller)
        first.operationDetails = instance
        var second = first
        second.resourceName = instance
        second.resourceType = "Instance"
        second.location = caller.location(zone: "a")
        second.operationDetails = operation.resourceName
        return [first, second]
    }
}
