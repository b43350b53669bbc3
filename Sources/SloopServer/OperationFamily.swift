import LightsailAPI
import SloopModel

/// Operations of Lightsail's that belong together, and what Sloop says of those of them that it does not offer.
package struct OperationFamily: Sendable {
    /// What they are about, e.g. `load balancers`.
    package let name: String
    /// Their bare names, those on offer too.
    package let operations: [String]
    /// Why the ones that are not on offer are not.
    package let reason: String
    /// What to use in their place; empty if there is nothing.
    package let instead: String

    init(
        _ name: String, _ operations: [String], reason: String = "this version of Sloop does not have it",
        instead: String = ""
    ) {
        self.name = name
        self.operations = operations
        self.reason = reason
        self.instead = instead
    }

    /// The family of an operation; nil for what is no operation of Lightsail's.
    package static func of(_ operation: String) -> OperationFamily? { byOperation[operation] }

    private static let byOperation = Dictionary(
        uniqueKeysWithValues: all.flatMap { family in family.operations.map { ($0, family) } })

    /// The answer to one of its operations that is not on offer.
    func declines(_ operation: String) -> LightsailException {
        LightsailException(
            .unknownOperation, code: SloopError.Code.notOffered.rawValue,
            message: "Sloop does not offer \(operation) (\(name)): \(reason)", docs: "docs/lightsail-coverage.md",
            tip: instead)
    }
}
