extension SloopAPI {
    /// What an instance wrote to its console since it was started.
    package enum GetInstanceConsole: SloopCall {
        package static let name = "GetInstanceConsole"
        package static let requiredMembers = ["instanceName"]

        package struct Input: Codable, Sendable, Equatable {
            package var instanceName: String

            package init(instanceName: String) {
                self.instanceName = instanceName
            }
        }

        package struct Output: Codable, Sendable, Equatable {
            package var instance: String
            /// Plain text, without the codes that colour a terminal; the end of it, if there is very much.
            package var log: String

            package init(instance: String, log: String) {
                self.instance = instance
                self.log = log
            }
        }
    }

    /// What an instance made for itself at its first boot, as it is in the instance now; Sloop keeps none of it.
    package enum GetInstanceSecrets: SloopCall {
        package static let name = "GetInstanceSecrets"
        package static let requiredMembers = ["instanceName"]

        package struct Input: Codable, Sendable, Equatable {
            package var instanceName: String

            package init(instanceName: String) {
                self.instanceName = instanceName
            }
        }

        package struct Secret: Codable, Sendable, Equatable {
            package var name: String
            package var value: String

            package init(name: String, value: String) {
                self.name = name
                self.value = value
            }
        }

        package struct Output: Codable, Sendable, Equatable {
            package var instance: String
            /// Empty if it has none.
            package var secrets: [Secret]

            package init(instance: String, secrets: [Secret]) {
                self.instance = instance
                self.secrets = secrets
            }
        }
    }
}
