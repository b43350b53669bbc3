import LightsailAPI
import SloopModel
import SloopProvisioner

extension Lightsail.OperationRecord {
    /// An operation as Lightsail's clients know it.
    init(_ operation: SloopModel.Operation, _ caller: Caller) {
        let isZonal = ["Instance", "Disk"].contains(operation.resourceType)
        self.init(
            id: operation.id.value, resourceName: operation.resourceName, resourceType: operation.resourceType,
            createdAt: operation.createdAt,
            location: isZonal
                ? caller.location(zone: "a") : operation.resourceType == "Domain" ? Caller.global : caller.regional,
            isTerminal: operation.isOver,
            operationDetails: operation.status == .stuck ? "stuck: a person must look" : operation.details,
            operationType: Self.type(of: operation.kind),
            status: operation.status == .stuck ? "Failed" : operation.status.rawValue,
            statusChangedAt: operation.changedAt, errorCode: operation.error.map { _ in "OperationFailure" },
            errorDetails: operation.error)
    }

    /// `create-instance` is `CreateInstance`, and so is `create-instance.warm`.
    private static func type(of kind: String) -> String {
        kind.prefix { $0 != "." }.split(separator: "-").map { $0.prefix(1).uppercased() + $0.dropFirst() }.joined()
    }
}

extension SloopAPI.OperationDetails {
    init(_ view: OperationService.View) {
        let operation = view.operation
        self.init(
            id: operation.id.value, kind: operation.kind, resourceName: operation.resourceName,
            resourceType: operation.resourceType, status: operation.status.rawValue, phase: view.phase,
            error: operation.error, createdAt: operation.createdAt, changedAt: operation.changedAt)
    }
}
