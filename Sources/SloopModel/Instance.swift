package import Foundation

/// A machine that a user asked for, with the price it was sold at.
package struct Instance: Codable, Hashable, Sendable {
    /// What the machine does; the numbers are the codes that Lightsail's clients know.
    package enum State: String, Codable, Sendable, CaseIterable {
        case pending, running, stopping, stopped, deleting, error

        /// EC2's code of the state, which Lightsail's clients expect.
        package var code: Int {
            switch self {
            case .pending: 0
            case .running: 16
            case .deleting: 32
            case .error: 48
            case .stopping: 64
            case .stopped: 80
            }
        }
    }

    package var id: InstanceID
    package var account: Account
    package var name: String
    package var state: State
    /// Why the state is `error`; nil otherwise.
    package var stateReason: String?
    package var blueprint: String
    package var plan: String
    /// The bundle id as the client gave it, e.g. `nano_3_0`.
    package var bundle: String
    /// The price frozen at creation, in US cents a month.
    package var monthlyPrice: Int
    /// The engine's number for the address; unique among living instances.
    package var addressSlot: Int
    /// Where Sloop reaches its sshd.
    package var address: String
    /// Where everybody else reaches its open ports.
    package var publicAddress: String
    package var port: Int
    package var username: String
    package var keyPair: String?
    package var tags: [String: String]
    /// The host key's public line, `ssh-ed25519 AAAA…`, planted before the first boot.
    package var hostKey: String
    /// The letter of the availability zone that the client named.
    package var zone: String
    /// The blueprint's id as the client gave it, e.g. `debian_12`; nil in rows of earlier versions.
    package var blueprintAlias: String?
    /// Which of its ports can be reached from outside; nil for those of its blueprint.
    package var ports: [PortRule]?
    /// `dualstack` or `ipv4`, as the client asked; there are no IPv6 addresses in either case.
    package var ipAddressType: String
    package var createdAt: Date
    /// When the machine first ran, and when it first accepted a login.
    package var runningAt: Date?
    package var reachableAt: Date?

    package init(
        id: InstanceID, account: Account = .default, name: String, state: State, blueprint: String, plan: String,
        bundle: String,
        monthlyPrice: Int, addressSlot: Int, address: String, publicAddress: String? = nil, port: Int,
        username: String, keyPair: String?, tags: [String: String], hostKey: String, zone: String = "a",
        blueprintAlias: String? = nil, ports: [PortRule]? = nil, ipAddressType: String = "dualstack", createdAt: Date
    ) {
        self.id = id
        self.account = account
        self.name = name
        self.state = state
        self.blueprint = blueprint
        self.plan = plan
        self.bundle = bundle
        self.monthlyPrice = monthlyPrice
        self.addressSlot = addressSlot
        self.address = address
        self.publicAddress = publicAddress ?? address
        self.port = port
        self.username = username
        self.keyPair = keyPair
        self.tags = tags
        self.hostKey = hostKey
        self.zone = zone
        self.blueprintAlias = blueprintAlias
        self.ports = ports
        self.ipAddressType = ipAddressType
        self.createdAt = createdAt
    }
}

/// One run of a launch script, whose result is data.
package struct LaunchRun: Codable, Hashable, Sendable {
    package enum Status: String, Codable, Sendable {
        /// Accepted, not yet started in the machine.
        case pending
        case running
        /// Ended with exit code 0.
        case succeeded
        /// Ended with another exit code, or by a signal (128 + its number).
        case failed
        /// The machine stopped before the script had ended.
        case interrupted
    }

    package var id: LaunchID
    package var instance: InstanceID
    package var status: Status
    package var exitCode: Int?
    package var script: String
    package var createdAt: Date
    package var startedAt: Date?
    package var endedAt: Date?

    package init(id: LaunchID, instance: InstanceID, script: String, createdAt: Date) {
        self.id = id
        self.instance = instance
        self.status = .pending
        self.script = script
        self.createdAt = createdAt
    }

    package var isOver: Bool { status != .pending && status != .running }
}
