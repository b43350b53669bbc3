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
            let operations = try await caller.staticAddresses.attach(
                try input.staticIpName.required("staticIpName"),
                to: try input.instanceName.required("instanceName"))
            return .init(operations: operations.map { .init($0, caller) })
        }
        add(Lightsail.DetachStaticIp.self, mayWait: true) { caller, input in
            let operations = try await caller.staticAddresses.detach(
                try input.staticIpName.required("staticIpName"))
            return .init(operations: operations.map { .init($0, caller) })
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
