import LightsailAPI
import SloopModel
import SloopProvisioner

extension CallTable {
    /// Operations in one answer.
    private static let listLimit = 1000

    mutating func addOperationCalls() {
        let limit = CallTable.listLimit

        add(Lightsail.GetOperation.self) { caller, input in
            let id = try input.operationId.required("operationId")
            return .init(operation: .init(try await caller.operations.find(OperationID(id)).operation, caller))
        }
        add(Lightsail.GetOperations.self) { caller, _ in
            .init(
                operations: try await caller.operations.list(of: nil, limit: limit).map { .init($0.operation, caller) })
        }
        add(Lightsail.GetOperationsForResource.self) { caller, input in
            let name = try input.resourceName.required("resourceName")
            return .init(
                operations: try await caller.operations.list(of: name, limit: limit).map { .init($0.operation, caller) }
            )
        }
        add(SloopAPI.WaitForOperation.self, mayWait: true) { caller, input in
            let view = try await caller.operations.wait(
                OperationID(input.operationId), knownPhase: input.knownPhase, upTo: patience(input.waitSeconds))
            return .init(operation: .init(view))
        }
        add(SloopAPI.ListOperations.self) { caller, input in
            let count = min(max(input.limit ?? 50, 1), limit)
            return .init(
                operations: try await caller.operations.list(of: input.resourceName, limit: count).map { .init($0) })
        }
    }
}
