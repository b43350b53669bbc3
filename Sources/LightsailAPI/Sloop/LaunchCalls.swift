extension SloopAPI {
    /// The output of a launch script, live: waits up to `waitSeconds` while there is nothing new.
    package enum GetLaunchLog: SloopCall {
        package static let name = "GetLaunchLog"
        package static let requiredMembers = ["instanceName"]

        package struct Input: Codable, Sendable, Equatable {
            package var instanceName: String
            /// Nil for the newest run.
            package var runId: String?
            /// The first byte wanted; nil for 0.
            package var offset: Int?
            /// Nil for no wait.
            package var waitSeconds: Int?

            package init(instanceName: String, runId: String? = nil, offset: Int? = nil, waitSeconds: Int? = nil) {
                self.instanceName = instanceName
                self.runId = runId
                self.offset = offset
                self.waitSeconds = waitSeconds
            }
        }

        package struct Output: Codable, Sendable, Equatable {
            package var runId: String
            /// The first byte of `dataBase64`.
            package var offset: Int
            /// The offset to ask for next.
            package var nextOffset: Int
            package var dataBase64: String
            /// As it is now; the log is complete when it has ended and `dataBase64` is empty.
            package var launch: LaunchDetails

            package init(runId: String, offset: Int, nextOffset: Int, dataBase64: String, launch: LaunchDetails) {
                self.runId = runId
                self.offset = offset
                self.nextOffset = nextOffset
                self.dataBase64 = dataBase64
                self.launch = launch
            }
        }
    }

    /// Runs the launch script again, or another one.
    package enum RerunLaunchScript: SloopCall {
        package static let name = "RerunLaunchScript"
        package static let requiredMembers = ["instanceName"]

        package struct Input: Codable, Sendable, Equatable {
            package var instanceName: String
            /// Nil for the script of the newest run.
            package var script: String?

            package init(instanceName: String, script: String? = nil) {
                self.instanceName = instanceName
                self.script = script
            }
        }

        package struct Output: Codable, Sendable, Equatable {
            package var runId: String
            package var operationId: String

            package init(runId: String, operationId: String) {
                self.runId = runId
                self.operationId = operationId
            }
        }
    }
}
