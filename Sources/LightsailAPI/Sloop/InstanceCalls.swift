extension SloopAPI {
    /// One instance, by name.
    package enum GetInstanceDetails: SloopCall {
        package static let name = "GetInstanceDetails"
        package static let requiredMembers = ["instanceName"]

        package struct Input: Codable, Sendable, Equatable {
            package var instanceName: String

            package init(instanceName: String) {
                self.instanceName = instanceName
            }
        }

        package struct Output: Codable, Sendable, Equatable {
            package var instance: InstanceDetails

            package init(instance: InstanceDetails) {
                self.instance = instance
            }
        }
    }

    /// Every instance, by name.
    package enum ListInstanceDetails: SloopCall {
        package static let name = "ListInstanceDetails"

        package typealias Input = Lightsail.EmptyBody

        package struct Output: Codable, Sendable, Equatable {
            package var instances: [InstanceDetails]

            package init(instances: [InstanceDetails]) {
                self.instances = instances
            }
        }
    }
}
