import Foundation
import SloopModel
import SloopProvisioner

/// What was done, newest first, and what is at work.
struct OperationsPage: Page {
    let template = "operations"
    let entry = Menu.operations
    let parts = ["operation-rows"]
    /// The resource whose operations are shown; nil for all.
    let resource: String?

    /// The stream is of all: one of them has the instance's page.
    var path: String? { resource == nil ? "/operations" : nil }

    private static let shown = 100

    struct Row: Sendable {
        let kind: String
        let on: String
        let href: String?
        let chip: Chip
        let phase: String?
        let failure: String?
        let beganAt: Moment
        let took: String?
    }

    struct Content: Sendable {
        let of: String?
        let operations: [Row]
        let hasOperations: Bool
    }

    func title(_ content: Content) -> String { content.of.map { "Operations of \($0)" } ?? "Operations" }

    func content(_ visit: Visit) async throws -> Content {
        let rows = try await visit.services.operations.list(of: resource, limit: OperationsPage.shown).map { Row($0) }
        return Content(of: resource, operations: rows, hasOperations: !rows.isEmpty)
    }
}

extension OperationsPage.Row {
    init(_ view: OperationService.View) {
        let operation = view.operation
        let chip =
            switch operation.status {
            case .started: Chip("at work", .busy)
            case .succeeded: Chip("done", .good)
            case .failed: Chip("failed", .bad)
            case .stuck: Chip("stuck", .bad)
            }
        let href: String? =
            switch operation.resourceType {
            case "Instance" where !operation.kind.hasPrefix("delete"): "/instances/\(operation.resourceName)"
            case "KeyPair" where !operation.kind.hasPrefix("delete"): "/keys/\(operation.resourceName)"
            default: nil
            }
        self.init(
            kind: operation.kind.replacing("-", with: " "), on: operation.resourceName, href: href, chip: chip,
            phase: view.phase, failure: operation.error, beganAt: Moment(operation.createdAt),
            took: operation.isOver
                ? Wording.span(from: operation.createdAt, to: operation.changedAt) : nil)
    }
}
