import ArgumentParser
import LightsailAPI
import SloopModel

/// Whether a verb comes back when all is done, or at once.
struct WaitOption: ParsableArguments {
    @Flag(help: "Come back at once; see 'sloop operation list'.")
    var noWait = false
}

extension SloopAPI.OperationDetails {
    var isOver: Bool { status != "Started" }

    /// What a verb says: that it is done, or which operation does it.
    func text(done: String) -> String { isOver ? done : "\(kind) of \(resourceName) goes on as operation \(id)" }

    /// Throws what the operation failed with.
    func check() throws {
        switch status {
        case "Failed":
            throw SloopError(
                .operationFailed, "\(kind) of '\(resourceName)' failed: \(error ?? "no reason was given")",
                tip: "sloop operation list --resource \(resourceName)")
        case "Stuck":
            throw SloopError(
                .operationFailed, "\(kind) of '\(resourceName)' is stuck: \(error ?? "no reason was given")",
                tip: "look at it with 'sloop operation list --resource \(resourceName)' and settle it by hand")
        default: break
        }
    }
}

extension APIClient {
    /// How long the server holds a question before it answers that nothing is new.
    static let holdSeconds = 20

    /// The id of the operation that a call of Lightsail's has started on a resource. The last of them is the call's own.
    func operationID(_ records: [Lightsail.OperationRecord]?, of resource: String) throws -> String {
        let own = records?.last { $0.resourceName == resource } ?? records?.first
        guard let id = own?.id else {
            throw SloopError(
                .unexpected, "sloop answered without an operation for '\(resource)'",
                tip: "sloop operation list --resource \(resource)")
        }
        return id
    }

    /// Waits until an operation is over, unless told not to, and throws if it failed.
    func finish(
        _ records: [Lightsail.OperationRecord]?, of resource: String, _ wait: WaitOption
    ) async throws -> SloopAPI.OperationDetails {
        try await finish(try operationID(records, of: resource), of: resource, wait)
    }

    /// The same, of an operation whose id is known.
    func finish(_ id: String, of resource: String, _ wait: WaitOption) async throws -> SloopAPI.OperationDetails {
        let line = LiveLine()
        defer { line.clear() }
        var phase: String?
        var seconds = 0
        while true {
            let operation = try await operation(id, knownPhase: phase, waitSeconds: seconds)
            if operation.isOver { try operation.check() }
            if operation.isOver || wait.noWait { return operation }
            line.show("\(resource): \(operation.phase ?? operation.kind)")
            phase = operation.phase
            seconds = Self.holdSeconds
        }
    }

    /// An operation once it is over or at another step, or after a while.
    func operation(
        _ id: String, knownPhase: String?, waitSeconds: Int
    ) async throws -> SloopAPI.OperationDetails {
        try await patientCall(
            SloopAPI.WaitForOperation.self,
            .init(operationId: id, waitSeconds: waitSeconds, knownPhase: knownPhase), waiting: waitSeconds
        ).operation
    }
}
