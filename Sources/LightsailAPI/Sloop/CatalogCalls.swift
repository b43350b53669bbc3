extension SloopAPI {
    /// A size of instance at a fixed price.
    package struct PlanDetails: Codable, Sendable, Equatable {
        package var id: String
        package var name: String
        /// In US dollars, e.g. `5.00`.
        package var monthlyPrice: String
        package var vcpus: Int
        package var memoryMB: Int
        package var diskGB: Int
        /// A month.
        package var transferGB: Int
        /// The bundle ids of Lightsail that find this plan.
        package var bundles: [String]

        package init(
            id: String, name: String, monthlyPrice: String, vcpus: Int, memoryMB: Int, diskGB: Int, transferGB: Int,
            bundles: [String]
        ) {
            self.id = id
            self.name = name
            self.monthlyPrice = monthlyPrice
            self.vcpus = vcpus
            self.memoryMB = memoryMB
            self.diskGB = diskGB
            self.transferGB = transferGB
            self.bundles = bundles
        }
    }

    /// What an instance can be made from.
    package struct BlueprintDetails: Codable, Sendable, Equatable {
        package var id: String
        package var name: String
        /// `os` or `app`.
        package var kind: String
        package var version: String
        package var description: String
        package var username: String
        /// Whether it needs an engine that makes whole machines.
        package var requiresMachine: Bool
        /// Whether the engine at work can make it.
        package var available: Bool
        /// Why it is not available.
        package var reason: String?
        /// Open from everywhere at creation, e.g. `80/tcp`.
        package var ports: [String]

        package init(
            id: String, name: String, kind: String, version: String, description: String, username: String,
            requiresMachine: Bool, available: Bool, reason: String? = nil, ports: [String]
        ) {
            self.id = id
            self.name = name
            self.kind = kind
            self.version = version
            self.description = description
            self.username = username
            self.requiresMachine = requiresMachine
            self.available = available
            self.reason = reason
            self.ports = ports
        }
    }

    /// Plans and blueprints.
    package enum GetCatalog: SloopCall {
        package static let name = "GetCatalog"

        package typealias Input = Lightsail.EmptyBody

        package struct Output: Codable, Sendable, Equatable {
            package var plans: [PlanDetails]
            package var blueprints: [BlueprintDetails]

            package init(plans: [PlanDetails], blueprints: [BlueprintDetails]) {
                self.plans = plans
                self.blueprints = blueprints
            }
        }
    }
}
