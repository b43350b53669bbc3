/// One call of the API: its name on the wire, what goes in and what comes out.
///
/// Members of both bodies are optional, as everything on the wire is; `requiredMembers` says which of the input
/// a caller must give, and ``WireCoding/decodeInput(of:from:)`` checks that.
package protocol LightsailOperation: Sendable {
    associatedtype Input: Codable & Sendable
    associatedtype Output: Codable & Sendable

    /// The bare name, e.g. `GetInstances`.
    static var name: String { get }
    /// The value of the `X-Amz-Target` header.
    static var target: String { get }
    /// The members without which the input is refused.
    static var requiredMembers: [String] { get }
}

extension LightsailOperation {
    package static var target: String { "\(Lightsail.targetPrefix).\(name)" }
    package static var requiredMembers: [String] { [] }
}

/// Lightsail's own operations and shapes, all 161 of the 2016-11-28 API, generated from its model.
///
/// An operation is an enum with an `Input` and an `Output`, e.g. ``Lightsail/GetInstances``.
package enum Lightsail {
    /// What comes before the operation's name in `X-Amz-Target`.
    package static let targetPrefix = "Lightsail_20161128"

    /// The body of a call that takes, or answers, nothing.
    package struct EmptyBody: Codable, Sendable {
        package init() {}
    }

    /// The input of a list that takes nothing but the token of the next page.
    package struct PageRequest: Codable, Sendable {
        package var pageToken: String?

        package init(pageToken: String? = nil) { self.pageToken = pageToken }
    }

    /// The output of a call that starts one operation for each resource it touches.
    package struct OperationsResult: Codable, Sendable {
        package var operations: [OperationRecord]?

        package init(operations: [OperationRecord]? = nil) { self.operations = operations }
    }

    /// The output of a call that starts one operation.
    package struct OperationResult: Codable, Sendable {
        package var operation: OperationRecord?

        package init(operation: OperationRecord? = nil) { self.operation = operation }
    }
}
