import LightsailAPI
import SloopModel
import SloopProvisioner

extension CallTable {
    /// Operations in one answer.
    private static let listLimit = 1000

    private static func operations(
        of resource: String?, _ token: String?, _ call: String, _ caller: Caller
    ) async throws -> (items: [Lightsail.OperationRecord], next: String?) {
        let place = try Page.number(token, call: call)
        let all = try await caller.operations.page(of: resource, before: place, limit: Page.size + 1)
        let page = Page.cut(all, call: call) { String($0.place) }
        return (page.items.map { .init($0.operation, caller) }, page.next)
    }

    mutating func addOperationCalls() {
        let limit = CallTable.listLimit

        add(Lightsail.GetOperation.self) { caller, input in
            let id = try input.operationId.required("operationId")
            return .init(operation: .init(try await caller.operations.find(OperationID(id)).operation, caller))
        }
        add(Lightsail.GetOperations.self) { caller, input in
            let page = try await CallTable.operations(of: nil, input.pageToken, "GetOperations", caller)
            return .init(operations: page.items, nextPageToken: page.next)
        }
        add(Lightsail.GetOperationsForResource.self) { caller, input in
            let name = try input.resourceName.required("resourceName")
            let page = try await CallTable.operations(of: name, input.pageToken, "GetOperationsForResource", caller)
            return .init(operations: page.items, nextPageToken: page.next)
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
