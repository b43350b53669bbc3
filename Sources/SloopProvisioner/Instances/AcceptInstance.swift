import Foundation
import SloopCatalog
import SloopEngine
import SloopModel
import SloopSSH
import SloopSaga
import SloopStore

/// What is chosen for a new instance before anything is done: its id, its address and its host key.
struct Draft: Sendable {
    private(set) var id = InstanceID()
    let name: String
    private(set) var slot: Int
    private(set) var place: MachinePlace
    private(set) var publicAddress: String
    let image: String?
    /// What it is made from, in place of an image.
    let snapshot: Snapshot?
    let hasFirstBoot: Bool
    let hostKey: SSHPrivateKey

    /// Takes a machine that is there in place of what was chosen for a new one.
    mutating func take(_ warm: Instance) {
        id = warm.id
        slot = warm.addressSlot
        place = MachinePlace(address: warm.address, port: warm.port)
        publicAddress = warm.publicAddress
    }
}

extension Tables {
    /// Records the instance, its keys, its bill, its launch script and the saga that makes it.
    func accept(
        _ draft: Draft, _ request: InstanceService.Request, _ plan: Plan, _ blueprint: Blueprint,
        _ script: LaunchScript?, at time: Date
    ) throws -> SloopModel.Operation {
        let origin = try draft.snapshot.map { try checkIsThere($0).origin } ?? nil
        let pair = try chosenKeyPair(request, origin, at: time)
        try claim(name: draft.name, type: "Instance")
        let recipe = WarmKind.recipe(image: draft.image, plan)
        let warm = try draft.snapshot == nil ? warmInstance(blueprint.id, madeBy: recipe) : nil
        var draft = draft
        if let warm { draft.take(warm) }
        let instance = Instance(
            id: draft.id, account: try owner(), name: draft.name, state: .pending, blueprint: blueprint.id,
            plan: plan.id, bundle: request.bundle, monthlyPrice: plan.monthlyPrice, addressSlot: draft.slot,
            address: draft.place.address, publicAddress: draft.publicAddress, port: draft.place.port,
            username: blueprint.username, keyPair: pair.name, tags: request.tags,
            hostKey: warm?.hostKey ?? draft.hostKey.publicKey.line, zone: request.zone,
            blueprintAlias: origin.map { $0.blueprintAlias ?? $0.blueprint } ?? request.blueprint,
            ports: blueprint.ports.map(PortRule.tcp), ipAddressType: request.ipAddressType, createdAt: time)
        if let warm {
            try handOver(warm, as: instance)
        } else {
            try insert(instance)
            try plantKeys(draft)
        }
        try saveUserKeys(of: draft.id, pair, origin, areThere: warm == nil)
        if let hour = request.snapshotHour {
            try save(
                AutoSnapshotAddOn(
                    resource: draft.id.value, account: owner(), kind: .instance, isEnabled: true, hour: hour,
                    since: time))
        }
        try bill(
            BillingRecord(
                resource: draft.id.value, account: owner(), name: draft.name, type: "Instance", plan: plan.id,
                monthlyPrice: plan.monthlyPrice, since: time))
        let run = script.map { LaunchRun(id: LaunchID(), instance: draft.id, script: $0.text, createdAt: time) }
        if let run { try insert(run) }
        let uses = draft.snapshot.map { [Lock.use(of: $0.id, by: draft.id.value)] } ?? []
        return try accept(
            warm != nil ? ClaimWarm.saga : draft.snapshot == nil ? CreateInstance.saga : RestoreInstance.saga,
            CreateInstance.Parameters(draft, launch: run?.id, plan, blueprint),
            of: owner(), on: draft.name, details: draft.snapshot?.label, locks: [Lock.instance(draft.id)] + uses,
            at: time)
    }

    /// Records the keys by which the machine shows itself, and by which Sloop gets in.
    func plantKeys(_ draft: Draft) throws {
        try set(secret: SecretName.hostKey(draft.id), to: draft.hostKey.openSSH)
        guard let access = try currentAccessKey() else {
            throw SloopError(.storage, "sloop's own access key is not in the store", tip: "restart sloop serve")
        }
        try save(
            InstanceKey(
                instance: draft.id, role: .access, fingerprint: access.fingerprint, publicKey: access.publicKey,
                status: .current))
    }

    /// The snapshot as it is now: it may have been deleted since it was looked up.
    private func checkIsThere(_ snapshot: Snapshot) throws -> Snapshot {
        if let now = try find(snapshot.id), now.state == .available { return now }
        throw SloopError(
            .notFound, "the snapshot '\(snapshot.label)' is gone", tip: "see them with: sloop snapshot list")
    }

    /// The key pair that was named; else that of the snapshot's source, if it is still there; else the default one.
    private func chosenKeyPair(
        _ request: InstanceService.Request, _ origin: Snapshot.Origin?, at time: Date
    ) throws -> KeyPair {
        if let name = request.keyPair { return try keyPair(named: name) }
        return try origin?.keyPair.flatMap { try find(keyPair: $0) } ?? defaultKeyPair(at: time)
    }

    /// Records the keys of users that will be in the machine: with a snapshot those come back that its source had.
    private func saveUserKeys(
        of id: InstanceID, _ pair: KeyPair, _ origin: Snapshot.Origin?, areThere: Bool
    ) throws {
        let before = try origin?.keys.map { (try SSHPublicKey(line: $0).fingerprint, $0) } ?? []
        let isThere = origin == nil ? areThere : before.contains { $0.0 == pair.fingerprint }
        try save(
            InstanceKey(
                instance: id, role: .user, fingerprint: pair.fingerprint, publicKey: pair.publicKey,
                status: isThere ? .current : .adding))
        for (fingerprint, line) in before where fingerprint != pair.fingerprint {
            try save(
                InstanceKey(
                    instance: id, role: .user, fingerprint: fingerprint, publicKey: line, status: .removing))
        }
    }
}

/// Lightsail's rules for tags.
package enum Tags {
    /// Throws `invalidInput` for what cannot be tags of one resource.
    package static func check(_ tags: [String: String]) throws {
        guard tags.count <= 50 else {
            throw SloopError(.invalidInput, "there are \(tags.count) tags; the limit is 50", tip: "give fewer")
        }
        for (key, value) in tags {
            guard (1...128).contains(key.count), value.count <= 256, isPlain(key), isPlain(value),
                !key.lowercased().hasPrefix("aws:")
            else {
                throw SloopError(
                    .invalidInput, "the tag '\(key.prefix(128))' is not valid",
                    tip: "a key has 1 to 128 and a value up to 256 letters, digits, spaces or + - = . _ : / @; "
                        + "a key may not begin with aws:")
            }
        }
    }

    private static func isPlain(_ text: String) -> Bool {
        text.allSatisfy { $0.isLetter || $0.isNumber || " +-=._:/@".contains($0) }
    }
}

/// Which addresses a client asks for.
enum IPAddressType {
    static func check(_ type: String) throws {
        switch type {
        case "dualstack", "ipv4": return
        case "ipv6":
            throw SloopError(
                .notOffered, "instances with IPv6 alone are not offered", tip: "use 'dualstack' or 'ipv4'")
        default:
            throw SloopError(
                .invalidInput, "there is no type of addresses '\(type.prefix(40))'", tip: "use 'dualstack' or 'ipv4'")
        }
    }
}
