import LightsailAPI
import SloopCatalog
import SloopModel
import SloopProvisioner

extension Lightsail.Instance {
    init(_ view: InstanceService.View, _ caller: Caller) {
        let instance = view.instance
        let plan = try? caller.catalog.plan(instance.plan)
        self.init(
            name: instance.name, arn: caller.arn("Instance", instance.id.value),
            supportCode: caller.supportCode(Caller.cloudID("i", instance.id.value)), createdAt: instance.createdAt,
            location: caller.location(zone: instance.zone),
            resourceType: "Instance",
            tags: Caller.wire(instance.tags),
            blueprintId: instance.blueprintAlias ?? instance.blueprint, blueprintName: view.blueprint?.name,
            bundleId: instance.bundle,
            addOns: view.addOn.map { [.init($0)] } ?? [], isStaticIp: view.hasStaticAddress,
            privateIpAddress: instance.address,
            publicIpAddress: instance.publicAddress, ipv6Addresses: [], ipAddressType: instance.ipAddressType,
            hardware: plan.map { plan in
                Lightsail.InstanceHardware(
                    cpuCount: plan.vcpus,
                    disks: [
                        Lightsail.Disk(
                            createdAt: instance.createdAt, sizeInGb: plan.diskGB, isSystemDisk: true,
                            iops: max(100, 3 * plan.diskGB), path: "/dev/sda1", attachedTo: instance.name,
                            attachmentState: "attached")
                    ] + view.disks.map { Lightsail.Disk($0, attachedTo: instance.name, nil, caller) },
                    ramSizeInGb: Double(plan.memoryMB) / 1024)
            },
            networking: Lightsail.InstanceNetworking(
                monthlyTransfer: plan.map { Lightsail.MonthlyTransfer(gbPerMonthAllocated: $0.transferGB) },
                ports: (instance.ports ?? view.blueprint?.ports.map(PortRule.tcp) ?? []).map { .init($0) }),
            state: Lightsail.InstanceState(code: instance.state.code, name: instance.state.lightsailName),
            username: instance.username, sshKeyName: instance.keyPair,
            metadataOptions: .off)
    }
}

extension Lightsail.InstanceMetadataOptions {
    /// There is no metadata service.
    static var off: Self {
        Self(
            state: "applied", httpTokens: "optional", httpEndpoint: "disabled", httpPutResponseHopLimit: 1,
            httpProtocolIpv6: "disabled")
    }
}

extension Instance.State {
    /// The word that Lightsail's clients know for it.
    var lightsailName: String {
        switch self {
        case .deleting: "shutting-down"
        case .error: "error"
        default: rawValue
        }
    }
}

extension SloopAPI.InstanceDetails {
    init(_ view: InstanceService.View, tail: String?) {
        let instance = view.instance
        self.init(
            name: instance.name, id: instance.id.value, state: instance.state.rawValue,
            stateReason: instance.stateReason, blueprint: instance.blueprint, plan: instance.plan,
            bundle: instance.bundle, monthlyPrice: Money(cents: instance.monthlyPrice).decimal,
            publicAddress: instance.publicAddress, port: instance.port, username: instance.username,
            keyPair: instance.keyPair, tags: instance.tags, hostKey: instance.hostKey, createdAt: instance.createdAt,
            runningAt: instance.runningAt, reachableAt: instance.reachableAt,
            launch: view.launch.map { SloopAPI.LaunchDetails($0, tail: tail) },
            pendingRotations: view.openTargets.map { target in
                "\(target.status.rawValue): \(target.reason ?? "at work")"
            }, url: view.pageURL)
    }
}

extension SloopAPI.LaunchDetails {
    init(_ run: LaunchRun, tail: String? = nil) {
        self.init(
            runId: run.id.value, status: run.status.rawValue, exitCode: run.exitCode, createdAt: run.createdAt,
            startedAt: run.startedAt, endedAt: run.endedAt, outputTail: tail)
    }
}
