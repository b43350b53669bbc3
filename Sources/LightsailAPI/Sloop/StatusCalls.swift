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

            package init(
                version: String, engine: String, installation: String, statePath: String, processId: Int,
                instances: Int, unfinishedOperations: Int, stuckOperations: Int
            ) {
                self.version = version
                self.engine = engine
                self.installation = installation
                self.statePath = statePath
                self.processId = processId
                self.instances = instances
                self.unfinishedOperations = unfinishedOperations
                self.stuckOperations = stuckOperations
            }
        }
    }
}
