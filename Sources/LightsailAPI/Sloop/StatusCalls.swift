extension SloopAPI {
    /// How this Sloop is doing.
    package enum GetSloopStatus: SloopCall {
        package static let name = "GetSloopStatus"

        package typealias Input = Lightsail.EmptyBody

        package struct Output: Codable, Sendable, Equatable {
            package var version: String
            /// `local` or `incus`.
            package var engine: String
            /// The id that every object of this Sloop carries.
            package var installation: String
            package var statePath: String
            package var processId: Int
            package var instances: Int
            package var unfinishedOperations: Int
            /// Those whose undo failed: a person must look.
            package var stuckOperations: Int
            /// What is of this Sloop and was never recorded here, such as `machine 1f0c…`: it is left alone.
            package var unclaimed: [String]
            /// What is kept ready by `serve --warm`.
            package var warm: [WarmStock]

            package init(
                version: String, engine: String, installation: String, statePath: String, processId: Int,
                instances: Int, unfinishedOperations: Int, stuckOperations: Int,
                unclaimed: [String] = [], warm: [WarmStock] = []
            ) {
                self.version = version
                self.engine = engine
                self.installation = installation
                self.statePath = statePath
                self.processId = processId
                self.instances = instances
                self.unfinishedOperations = unfinishedOperations
                self.stuckOperations = stuckOperations
                self.unclaimed = unclaimed
                self.warm = warm
            }
        }

        /// Machines of one kind, of which `ready` could be handed out now.
        package struct WarmStock: Codable, Hashable, Sendable {
            package var blueprint: String
            package var plan: String
            package var wanted: Int
            package var ready: Int

            package init(blueprint: String, plan: String, wanted: Int, ready: Int) {
                self.blueprint = blueprint
                self.plan = plan
                self.wanted = wanted
                self.ready = ready
            }
        }
    }

    /// Copies all that is recorded, and the key to its secrets, into a file on the server's computer.
    package enum WriteBackup: SloopCall {
        package static let name = "WriteBackup"

        package struct Input: Codable, Sendable, Equatable {
            /// Absolute; nothing may be there.
            package var path: String

            package init(path: String) { self.path = path }
        }

        package struct Output: Codable, Sendable, Equatable {
            package var path: String
            package var bytes: Int
            package var instances: Int
            package var keyPairs: Int
            package var secrets: Int

            package init(path: String, bytes: Int, instances: Int, keyPairs: Int, secrets: Int) {
                self.path = path
                self.bytes = bytes
                self.instances = instances
                self.keyPairs = keyPairs
                self.secrets = secrets
            }
        }
    }
}
