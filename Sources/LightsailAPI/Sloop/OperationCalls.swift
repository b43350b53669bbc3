package import Foundation

extension SloopAPI {
    /// An operation, with the step that it is at.
    package struct OperationDetails: Codable, Sendable, Equatable {
        package var id: String
        /// E.g. `create-instance`.
        package var kind: String
        package var resourceName: String
        package var resourceType: String
        /// `Started`, `Succeeded`, `Failed`, or `Stuck`, which wants a person.
        package var status: String
        /// The name of the step at work; nil when it is over.
        package var phase: String?
        /// Why it failed or is stuck.
        package var error: String?
        package var createdAt: Date
        package var changedAt: Date

        package init(
            id: String, kind: String, resourceName: String, resourceType: String, status: String,
            phase: String? = nil, error: String? = nil, createdAt: Date, changedAt: Date
        ) {
            self.id = id
            self.kind = kind
            self.resourceName = resourceName
            self.resourceType = resourceType
            self.status = status
            self.phase = phase
            self.error = error
            self.createdAt = createdAt
            self.changedAt = changedAt
        }
    }

    /// An operation as soon as it is over or at another step than `knownPhase`, or after `waitSeconds`.
    package enum WaitForOperation: SloopCall {
        package static let name = "WaitForOperation"
        package static let requiredMembers = ["operationId"]

        package struct Input: Codable, Sendable, Equatable {
            package var operationId: String
            /// Nil for no wait.
            package var waitSeconds: Int?
            /// The phase that the caller has seen; nil if it has seen none yet.
            package var knownPhase: String?

            package init(operationId: String, waitSeconds: Int? = nil, knownPhase: String? = nil) {
                self.operationId = operationId
                self.waitSeconds = waitSeconds
                self.knownPhase = knownPhase
            }
        }

        package struct Output: Codable, Sendable, Equatable {
            package var operation: OperationDetails

            package init(operation: OperationDetails) {
                self.operation = operation
            }
        }
    }

    /// Operations, the newest first.
    package enum ListOperations: SloopCall {
        package static let name = "ListOperations"

        package struct Input: Codable, Sendable, Equatable {
            /// Nil for those of every resource.
            package var resourceName: String?
            package var limit: Int?

            package init(resourceName: String? = nil, limit: Int? = nil) {
                self.resourceName = resourceName
                self.limit = limit
            }
        }

        package struct Output: Codable, Sendable, Equatable {
            package var operations: [OperationDetails]

            package init(operations: [OperationDetails]) {
                self.operations = operations
            }
        }
    }
}
