package import SloopModel

/// Makes machines. Everything else is Sloop's.
///
/// Every call may be repeated: `create` adopts a machine of ours with the same id, `start` of a running machine
/// and `stop` or `delete` of what is already so succeed. Errors are ``SloopModel/SloopError``.
package protocol Engine: Sendable {
    /// `local` or `incus`.
    var name: String { get }
    /// Whether machines have their own init and root, which blueprints with `"requires": "machine"` need.
    var offersMachines: Bool { get }
    /// What machines are cloned from; nil if the engine needs no images.
    var images: (any ImageStore)? { get }
    /// The disks that machines can have besides their own; nil if the engine has none.
    var volumes: (any VolumeStore)? { get }
    /// Copies of machines, which outlive them; nil if the engine makes none.
    var snapshots: (any SnapshotStore)? { get }

    /// The place of the slot-th address. Slots count from 0; each belongs to at most one living instance.
    func place(slot: Int) -> MachinePlace?
    /// The address by which a machine at that place is reached from outside; its own if it has no other.
    func publicAddress(of place: MachinePlace) -> String
    /// Those of the places that nobody has, as far as can be seen.
    func free(among places: [MachinePlace]) async throws -> Set<MachinePlace>

    /// Makes the machine, stopped, with its keys planted; adopts it if it is already there.
    func create(_ machine: MachineSpec) async throws
    func start(_ id: InstanceID) async throws
    /// Takes from the engine what it was given to plant and has planted by now, the private host key, after a start.
    func forgetSecrets(of id: InstanceID) async throws
    func stop(_ id: InstanceID) async throws
    func delete(_ id: InstanceID) async throws
    /// Gives a machine that runs another host name, and sees to it that it runs.
    func rename(_ id: InstanceID, to hostName: String) async throws
    /// All machines that carry our installation's id.
    func list() async throws -> [InstanceID: MachineState]
    /// Throws `notOffered` for rules that this engine cannot keep, before anything is changed.
    func check(_ rules: [PortRule]) throws
    /// Makes exactly this true: the machine is reached at that address, at those ports, and at no other address.
    func setPublicAccess(_ access: PublicAccess) async throws
    /// How our machines are reached now, in few calls however many they are; nil on an engine on which that cannot change.
    func reach() async throws -> PublicReach?
    /// The instances of which something of ours is there besides a machine; ``delete(_:)`` removes that too.
    func leftovers() async throws -> Set<InstanceID>
    /// What those of our machines that run have used; in few calls, however many they are.
    func usage() async throws -> [InstanceID: MachineUsage]
    /// The public line of the host key that the machine has now, read by a way that nobody can stand in; nil on an engine
    /// whose machines cannot change it.
    func hostKey(of id: InstanceID) async throws -> String?
    /// What the machine wrote to its console since it was started, for one that does not come up.
    func console(_ id: InstanceID) async throws -> String
}

extension Engine {
    package func forgetSecrets(of id: InstanceID) async throws {}
}

package enum MachineState: String, Sendable, Codable { case running, stopped }

/// Where a machine's sshd answers.
package struct MachinePlace: Sendable, Codable, Hashable {
    package var address: String
    package var port: Int

    package init(address: String, port: Int) {
        self.address = address
        self.port = port
    }
}

/// How a machine is reached from outside.
package struct PublicAccess: Sendable, Codable, Hashable {
    package var instance: InstanceID
    package var hostName: String
    package var place: MachinePlace
    /// Where it is reached.
    package var address: String
    package var rules: [PortRule]

    package init(instance: InstanceID, hostName: String, place: MachinePlace, address: String, rules: [PortRule]) {
        self.instance = instance
        self.hostName = hostName
        self.place = place
        self.address = address
        self.rules = rules
    }
}

/// All that an engine needs to make a machine; chosen and recorded before the engine is called.
package struct MachineSpec: Sendable, Codable, Hashable {
    package var id: InstanceID
    package var hostName: String
    /// The image that its disk is cloned from; nil for an engine without images.
    package var image: String?
    /// The snapshot that its disk is a copy of, in place of an image. Its user's authorized_keys is then left as it was
    /// in the snapshot; all else is planted anew.
    package var snapshot: SnapshotID?
    /// Whether it has a kernel of its own.
    package var isVirtual = false
    package var place: MachinePlace
    package var publicAddress: String
    /// The ports that are open to the outside.
    package var ports: [PortRule]
    package var username: String
    /// The host key's private half, OpenSSH format, and its public line.
    package var hostKeyPrivate: String
    package var hostKeyPublic: String
    /// The lines of the user's own authorized_keys.
    package var authorizedKeys: [String]
    /// The lines of the file with Sloop's access key, apart from the user's file.
    package var accessKeys: [String]
    /// The public line of the certificate authority whose user certificates are accepted.
    package var certificateAuthority: String
    /// A script that the machine runs at every start, in the background: the blueprint's service. Nil for none.
    package var service: String?
    package var vcpus: Int
    package var memoryMB: Int
    package var diskGB: Int

    package init(
        id: InstanceID, hostName: String, image: String? = nil, snapshot: SnapshotID? = nil, place: MachinePlace,
        publicAddress: String? = nil, ports: [PortRule] = [.tcp(22)], username: String, hostKeyPrivate: String,
        hostKeyPublic: String, authorizedKeys: [String], accessKeys: [String], certificateAuthority: String,
        service: String?, vcpus: Int, memoryMB: Int, diskGB: Int
    ) {
        self.id = id
        self.hostName = hostName
        self.image = image
        self.snapshot = snapshot
        self.place = place
        self.publicAddress = publicAddress ?? place.address
        self.ports = ports
        self.username = username
        self.hostKeyPrivate = hostKeyPrivate
        self.hostKeyPublic = hostKeyPublic
        self.authorizedKeys = authorizedKeys
        self.accessKeys = accessKeys
        self.certificateAuthority = certificateAuthority
        self.service = service
        self.vcpus = vcpus
        self.memoryMB = memoryMB
        self.diskGB = diskGB
    }
}

/// The files of a machine that Sloop works with over SSH, the same on every engine.
package enum MachinePaths {
    /// The file with Sloop's own access key, one line a key.
    package static let accessKeys = "/var/lib/sloop/keys/access"
    /// What the machine made for itself at its first boot: lines `name=value` that only its root can read.
    package static let secrets = "/var/lib/sloop/secrets"
    /// What the machine runs once, at its first boot; missing if there is nothing.
    package static let firstBoot = "/usr/lib/sloop/firstboot.sh"
    /// There once that has succeeded.
    package static let firstBootDone = "/var/lib/sloop/firstboot.done"
    /// Where each run of the launch script has its files, named by the run's id.
    package static let launch = "/var/lib/sloop/launch"
}

extension PublicAccess {
    /// How a machine is reached when it is made.
    package init(_ machine: MachineSpec) {
        self.init(
            instance: machine.id, hostName: machine.hostName, place: machine.place, address: machine.publicAddress,
            rules: machine.ports)
    }
}
