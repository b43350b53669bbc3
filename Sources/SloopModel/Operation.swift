package import Foundation

/// What a client sees of a saga.
package struct Operation: Codable, Hashable, Sendable {
    package enum Status: String, Codable, Sendable {
        case started = "Started"
        case succeeded = "Succeeded"
        case failed = "Failed"
        /// An undo failed: a person must look.
        case stuck = "Stuck"
    }

    package var id: OperationID
    package var account: Account
    /// The saga's name, e.g. `create-instance`.
    package var kind: String
    package var resourceName: String
    package var resourceType: String
    package var status: Status
    package var error: String?
    /// What Lightsail says of it besides its resource, e.g. the name of the other resource.
    package var details: String?
    package var createdAt: Date
    package var changedAt: Date

    package init(
        id: OperationID, account: Account, kind: String, resourceName: String, resourceType: String, status: Status,
        error: String? = nil, details: String? = nil, createdAt: Date, changedAt: Date
    ) {
        self.id = id
        self.account = account
        self.kind = kind
        self.resourceName = resourceName
        self.resourceType = resourceType
        self.status = status
        self.error = error
        self.details = details
        self.createdAt = createdAt
        self.changedAt = changedAt
    }

    package var isOver: Bool { status != .started }
}
