package import Foundation
package import SloopModel
package import SloopSaga

/// The log of sagas in the SQLite file.
package struct StoreLog: SagaLog {
    package let store: Store
    private let now: @Sendable () -> Date
    private let didRecord: @Sendable (OperationID) -> Void

    /// - Parameter didRecord: called after each entry is durable, with its operation.
    package init(
        store: Store, now: @escaping @Sendable () -> Date, didRecord: @escaping @Sendable (OperationID) -> Void
    ) {
        self.store = store
        self.now = now
        self.didRecord = didRecord
    }

    package func history(of saga: OperationID) async throws -> SagaHistory {
        try await store.read { try $0.history(of: saga) }
    }

    package func record(_ entry: SagaEntry<Tables>, of saga: OperationID) async throws {
        let time = now()
        try await store.write { try $0.record(entry, of: saga, at: time) }
        didRecord(saga)
    }
}
