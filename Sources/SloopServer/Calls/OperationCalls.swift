import LightsailAPI
import SloopModel
import SloopProvisioner

extension CallTable {
    /// Operations in one answer.
    private static let listLimit = 1000

    mutating func addOperationCalls(_ provisioner: Provisioner) {
        let operations = provisioner.operations
        let limit = CallTable.listLimit

        add(Lightsail.GetOperation.self) { input in
            let id = try input.operationId.required("operationId")
            return .init(operation: .init(try await operations.find(OperationID(id)).operation))
        }
        add(Lightsail.GetOperations.self) { _ in
            .init(operations: try await operations.list(of: nil, limit: limit).map { .init($0.operation) })
        }
        add(Lightsail.GetOperationsForResource.self) { input in
            let name = try input.resourceName.required("resourceName")
            return .init(operations: try await operations.list(of: name, limit: limit).map { .init($0.operation) })
        }
        add(SloopAPI.WaitForOperation.self, mayWait: true) { input in
            let view = try await operations.wait(
                OperationID(input.operationId), knownPhase: input.knownPhase, upTo: patience(input.waitSeconds))
            return .init(operation: .init(view))
        }
        add(SloopAPI.ListOperations.self) { input in
            let count = min(max(input.limit ?? 50, 1), limit)
            return .init(operations: try await operations.list(of: input.resourceName, limit: count).map { .init($0) })
        }
    }
}
