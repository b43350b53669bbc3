package import SloopModel
import SloopSaga
import SloopStore

/// What clients see of sagas.
package struct OperationService: Sendable {
    let world: World
    let desk: SagaDesk

    /// An operation with the name of the step that it is at.
    package struct View: Sendable, Equatable {
        package let operation: SloopModel.Operation
        package let phase: String?
    }

    /// Newest first; of one resource or of all.
    package func list(of resource: String?, limit: Int) async throws -> [View] {
        let operations = try await world.store.read { tables in
            try tables.operations(of: resource, limit: limit).map { ($0, try tables.latestStep(of: $0.id)) }
        }
        var views: [View] = []
        for (operation, step) in operations { views.append(await view(operation, step)) }
        return views
    }

    package func find(_ id: OperationID) async throws -> View {
        let (operation, step) = try await world.store.read { tables in
            (try tables.operation(id), try tables.latestStep(of: id))
        }
        guard let operation else {
            throw SloopError(.notFound, "no operation has the id '\(id)'", tip: "see them with: sloop operation list")
        }
        return await view(operation, step)
    }

    /// Waits until the operation is over, or at another phase than the one that the caller knows,
    /// which is nil before the first.
    package func wait(_ id: OperationID, knownPhase: String?, upTo limit: Duration) async throws -> View {
        try await wait(for: id, upTo: limit) { $0.operation.isOver || $0.phase != knownPhase }
    }

    /// Waits until the operation is over; returns it as it is when the time is over.
    package func waitForEnd(_ id: OperationID, upTo limit: Duration) async throws -> View {
        try await wait(for: id, upTo: limit) { $0.operation.isOver }
    }

    private func wait(
        for id: OperationID, upTo limit: Duration, until isEnough: (View) -> Bool
    ) async throws -> View {
        // What follows another operation ends when that one does.
        let leader = try await world.store.read { try $0.leader(of: id) }
        return try await world.changes.wait(upTo: limit, of: leader ?? id, for: isEnough) { try await find(id) }
    }

    /// The operations once they are over, or as they are when the time is over.
    package func ends(
        of operations: [SloopModel.Operation], upTo limit: Duration
    ) async throws -> [SloopModel.Operation] {
        let end = world.clock.instant + limit
        var ended: [SloopModel.Operation] = []
        for operation in operations {
            ended.append(try await waitForEnd(operation.id, upTo: max(.zero, end - world.clock.instant)).operation)
        }
        return ended
    }

    /// Lightsail's own operations, newest first, of one resource or of all: so many, after leaving out those newer
    /// than and including the one at that place. Each comes with its place.
    package func page(
        of resource: String?, before place: Int64?, limit: Int
    ) async throws -> [(place: Int64, operation: SloopModel.Operation)] {
        try await world.store.read { tables in
            try tables.operations(of: resource, before: place, without: OperationService.own, limit: limit)
        }
    }

    /// The kinds that Lightsail's clients have no word for.
    static let own = [
        RunLaunchScript.saga.name, RotateInstanceKey.saga.name, BuildImage.saga.name, "delete-image",
        ChangeDomain.Kind.rewrite.rawValue, RestorePublicAccess.saga.name,
    ]

    /// How many have not ended, and how many a person must look at.
    package func counts() async throws -> (unfinished: Int, stuck: Int) {
        try await world.store.read { (unfinished: try $0.count(.started), stuck: try $0.count(.stuck)) }
    }

    private func view(_ operation: SloopModel.Operation, _ step: Int?) async -> View {
        let steps = await desk.steps(of: operation.kind)
        let phase = step.flatMap { steps.indices.contains($0) ? steps[$0] : nil }
        return View(operation: operation, phase: operation.isOver ? nil : phase)
    }
}
