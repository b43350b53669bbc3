package import Foundation

extension SloopAPI {
    /// All that Sloop knows of an instance, which is more than Lightsail has words for.
    package struct InstanceDetails: Codable, Sendable, Equatable {
        package var name: String
        package var id: String
        /// `pending`, `running`, `stopping`, `stopped`, `deleting` or `error`.
        package var state: String
        /// Why the state is `error`.
        package var stateReason: String?
        package var blueprint: String
        /// The plan's own id, e.g. `nano`.
        package var plan: String
        /// The id as it was asked for, e.g. `nano_3_0`.
        package var bundle: String
        /// The price frozen at creation, in US dollars, e.g. `5.00`.
        package var monthlyPrice: String
        package var publicAddress: String
        /// Where the instance's sshd answers.
        package var port: Int
        package var username: String
        /// The key pair of the user; nil for none.
        package var keyPair: String?
        package var tags: [String: String]
        /// The pinned host key, an OpenSSH public line.
        package var hostKey: String
        package var createdAt: Date
        /// When the machine first ran.
        package var runningAt: Date?
        /// When it first accepted a login.
        package var reachableAt: Date?
        /// The newest run of its launch script; nil if it has none.
        package var launch: LaunchDetails?
        /// What rotations still have to do on it, one line of text each.
        package var pendingRotations: [String]
        /// The page that it serves; nil if the blueprint serves none.
        package var url: String?

        package init(
            name: String, id: String, state: String, stateReason: String? = nil, blueprint: String, plan: String,
            bundle: String, monthlyPrice: String, publicAddress: String, port: Int, username: String,
            keyPair: String? = nil, tags: [String: String], hostKey: String, createdAt: Date, runningAt: Date? = nil,
            reachableAt: Date? = nil, launch: LaunchDetails? = nil, pendingRotations: [String], url: String? = nil
        ) {
            self.name = name
            self.id = id
            self.state = state
            self.stateReason = stateReason
            self.blueprint = blueprint
            self.plan = plan
            self.bundle = bundle
            self.monthlyPrice = monthlyPrice
            self.publicAddress = publicAddress
            self.port = port
            self.username = username
            self.keyPair = keyPair
            self.tags = tags
            self.hostKey = hostKey
            self.createdAt = createdAt
            self.runningAt = runningAt
            self.reachableAt = reachableAt
            self.launch = launch
            self.pendingRotations = pendingRotations
            self.url = url
        }
    }

    /// One run of a launch script.
    package struct LaunchDetails: Codable, Sendable, Equatable {
        package var runId: String
        /// `pending`, `running`, `succeeded`, `failed` or `interrupted`.
        package var status: String
        /// Nil until the script has ended; 128 and the number of a signal that ended it.
        package var exitCode: Int?
        package var createdAt: Date
        package var startedAt: Date?
        package var endedAt: Date?
        /// The last lines of its output, once there are any.
        package var outputTail: String?

        package init(
            runId: String, status: String, exitCode: Int? = nil, createdAt: Date, startedAt: Date? = nil,
            endedAt: Date? = nil, outputTail: String? = nil
        ) {
            self.runId = runId
            self.status = status
            self.exitCode = exitCode
            self.createdAt = createdAt
            self.startedAt = startedAt
            self.endedAt = endedAt
            self.outputTail = outputTail
        }
    }
}
