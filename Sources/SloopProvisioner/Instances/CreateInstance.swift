import Foundation
import SloopCatalog
import SloopEngine
import SloopModel
import SloopSaga
import SloopSSH
import SloopStore

/// Makes the machine of an instance whose row, keys and address are already recorded.
enum CreateInstance {
    struct Parameters: Codable, Sendable {
        let instance: InstanceID
        let launch: LaunchID?
        /// Nil in the rows of earlier versions, which knew machines without images only.
        let blueprint: String?
        let image: String?
        let isVirtual: Bool?
        /// The snapshot that it is made from, in place of an image.
        var snapshot: SnapshotID?
        let ports: [Int]?
        let hasFirstBoot: Bool?
        let service: String?
        let vcpus: Int
        let memoryMB: Int
        let diskGB: Int
    }

    static let saga = Saga<World, Tables, Parameters>(
        "create-instance",
        [
            .effect("image") { world, p in
                if let blueprint = p.blueprint { try await world.images?.ensure(blueprint) }
            },
            .effect("machine") { world, p in
                do {
                    try await world.engine.create(spec(p, in: world))
                } catch let error as SloopError where error.code == .notFound {
                    // Somebody deleted the image in between.
                    guard let images = world.images, let blueprint = p.blueprint else { throw error }
                    try await images.ensure(blueprint)
                    try await world.engine.create(spec(p, in: world))
                }
            } undo: { world, p in
                try await world.engine.delete(p.instance)
            },
            .effect("boot") { world, p in
                try await world.engine.start(p.instance)
            } recording: { tables, p in
                try tables.change(p.instance) { $0.runningAt = tables.now }
            },
            .effect("ssh") { world, p in
                try await world.waitForLogin(p.instance)
            } recording: { tables, p in
                try tables.change(p.instance) { instance in
                    instance.reachableAt = tables.now
                    instance.state = .running
                }
            },
            .effect("first boot") { world, p in
                if p.hasFirstBoot == true { try await world.waitForFirstBoot(p.instance) }
            },
        ],
        atEnd: end)

    static func end(_ tables: Tables, _ p: Parameters, _ end: SagaEnd) throws {
        switch end {
        case .succeeded:
            guard let launch = p.launch, let instance = try tables.find(p.instance) else { return }
            try RunLaunchScript.accept(launch, on: instance, in: tables, at: tables.now)
        case .undone:
            // Nothing was sold, and nothing is left that could pretend to be a machine.
            try tables.cancelBill(of: p.instance.value)
            try tables.forget(secret: SecretName.hostKey(p.instance))
            try tables.supersedeTargets(of: p.instance, why: "its creation failed", at: tables.now)
            try tables.remove(p.instance)
        case .stuck(_, let why):
            try tables.change(p.instance) { instance in
                instance.state = .error
                instance.stateReason = why
            }
            try tables.rotateLater(p.instance)
        }
    }

    static func spec(_ p: Parameters, in world: World) async throws -> MachineSpec {
        let instance = try await world.instance(p.instance)
        return try await world.store.read { tables in
            guard let hostKey = try tables.secret(SecretName.hostKey(p.instance)),
                let authority = try tables.secret(SecretName.authority)
            else { throw SloopError(.storage, "the keys of '\(instance.name)' are not in the store") }
            func lines(_ role: InstanceKey.Role) throws -> [String] {
                try tables.keys(of: p.instance, role: role).map(\.publicKey)
            }
            var spec = try MachineSpec(
                id: instance.id, hostName: instance.hostName, image: p.image, snapshot: p.snapshot,
                place: MachinePlace(address: instance.address, port: instance.port),
                publicAddress: instance.publicAddress, ports: instance.ports ?? (p.ports ?? []).map(PortRule.tcp),
                username: instance.username,
                hostKeyPrivate: hostKey, hostKeyPublic: instance.hostKey, authorizedKeys: lines(.user),
                accessKeys: lines(.access),
                certificateAuthority: SSHPrivateKey(parsing: authority).publicKey.line, service: p.service,
                vcpus: p.vcpus, memoryMB: p.memoryMB, diskGB: p.diskGB)
            spec.isVirtual = p.isVirtual ?? false
            return spec
        }
    }
}

extension CreateInstance.Parameters {
    init(_ draft: Draft, launch: LaunchID?, _ plan: Plan, _ blueprint: Blueprint) {
        self.init(
            instance: draft.id, launch: launch, blueprint: blueprint.id, image: draft.image,
            isVirtual: blueprint.isVirtualMachine, snapshot: draft.snapshot?.id, ports: blueprint.ports,
            hasFirstBoot: draft.hasFirstBoot, service: blueprint.service, vcpus: plan.vcpus, memoryMB: plan.memoryMB,
            diskGB: plan.diskGB)
    }
}

extension Instance {
    /// How it is reached from outside, or would be at another address or by other rules.
    func publicAccess(at other: String? = nil, by rules: [PortRule]? = nil) -> PublicAccess {
        PublicAccess(
            instance: id, hostName: hostName, place: MachinePlace(address: address, port: port),
            address: other ?? publicAddress, rules: rules ?? ports ?? [])
    }

    /// The name as far as it can be a host name: Linux takes 64 bytes, and a label of the DNS has 63.
    var hostName: String {
        let short = name.prefix(63)
        return String(short[...(short.lastIndex { $0.isLetter || $0.isNumber } ?? short.startIndex)])
    }
}
