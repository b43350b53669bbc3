import Foundation
import SloopModel
package import SloopSaga
package import SloopStore

/// A saga of which the parameters' type is forgotten: what is needed to run it from its row.
package struct SagaKind: Sendable {
    package let name: String
    package let steps: [String]
    /// Whether it waits on programs that take minutes or hours, and must not take a worker's place.
    let isLong: Bool
    /// Whether its last transaction may leave another saga to be run.
    let mayLeaveAnother: Bool
    let run: @Sendable (SagaRunner<StoreLog>, SagaRecord, World) async throws -> SagaEnd

    package init<Parameters>(
        _ saga: Saga<World, Tables, Parameters>, isLong: Bool = false, mayLeaveAnother: Bool = false
    ) {
        name = saga.name
        steps = saga.steps.map(\.name)
        self.isLong = isLong
        self.mayLeaveAnother = mayLeaveAnother
        run = { runner, record, world in
            let parameters = try JSONDecoder().decode(Parameters.self, from: Data(record.parameters.utf8))
            return try await runner.run(saga, id: record.id, parameters: parameters, in: world)
        }
    }

    /// Every saga of Sloop.
    package static let all: [SagaKind] =
        [
            SagaKind(CreateInstance.saga, mayLeaveAnother: true), SagaKind(ClaimWarm.saga, mayLeaveAnother: true),
            SagaKind(RestoreInstance.saga, mayLeaveAnother: true),
            SagaKind(DeleteInstance.saga, mayLeaveAnother: true),
            SagaKind(StartInstance.saga), SagaKind(StopInstance.saga), SagaKind(RebootInstance.saga),
            SagaKind(RotateInstanceKey.saga), SagaKind(MoveStaticAddress.attaching),
            SagaKind(MoveStaticAddress.detaching), SagaKind(RunLaunchScript.saga, isLong: true),
            SagaKind(BuildImage.saga, isLong: true),
            SagaKind(CreateDisk.saga), SagaKind(CreateDisk.fromSnapshot), SagaKind(AttachDisk.saga),
            SagaKind(DetachDisk.saga), SagaKind(DeleteDisk.saga, mayLeaveAnother: true),
            SagaKind(CreateSnapshot.ofInstance), SagaKind(CreateSnapshot.ofDisk), SagaKind(CreateSnapshot.copy),
            SagaKind(DeleteSnapshot.ofInstance), SagaKind(DeleteSnapshot.ofDisk), SagaKind(DeleteSnapshot.automatic),
            SagaKind(CreateDomain.saga), SagaKind(DeleteDomain.saga), SagaKind(RestorePublicAccess.saga),
        ] + SetPorts.sagas.map { SagaKind($0) } + ChangeDomain.sagas.map { SagaKind($0) }
}

extension Tables {
    /// Records the saga and takes its locks; it runs once the transaction is durable.
    func accept<Parameters>(
        _ saga: Saga<World, Tables, Parameters>, _ parameters: Parameters, of account: Account, on resource: String,
        type: String = "Instance", details: String? = nil, locks: [String], at time: Date
    ) throws -> SloopModel.Operation {
        let operation = SloopModel.Operation(
            id: OperationID(), account: account, kind: saga.name, resourceName: resource, resourceType: type,
            status: .started, details: details, createdAt: time, changedAt: time)
        let json = try String(decoding: JSONEncoder().encode(parameters), as: UTF8.self)
        try accept(operation, parameters: json, locks: locks)
        return operation
    }

    /// Records that a saga works on another resource, too: an operation that begins and ends with the saga's.
    ///
    /// - Parameter kind: nil for the saga's own.
    func follow(
        _ leader: SloopModel.Operation, as kind: String? = nil, on resource: String, type: String, details: String?
    ) throws -> SloopModel.Operation {
        var operation = leader
        operation.id = OperationID()
        operation.kind = kind ?? leader.kind
        operation.resourceName = resource
        operation.resourceType = type
        operation.details = details
        try insert(operation, following: leader.id)
        return operation
    }

    /// Records a change that is made in this very transaction.
    func recordDone(_ kind: String, on resource: String, type: String, at time: Date) throws -> SloopModel.Operation {
        let operation = SloopModel.Operation(
            id: OperationID(), account: try owner(), kind: kind, resourceName: resource, resourceType: type,
            status: .succeeded,
            createdAt: time, changedAt: time)
        try recordDone(operation)
        return operation
    }
}

/// What sagas lock.
enum Lock {
    /// The machine and its keys.
    static func instance(_ id: InstanceID) -> String { "instance:\(id)" }
    /// The launch script of a machine, which may run for hours beside other work.
    static func launch(_ id: InstanceID) -> String { "launch:\(id)" }
    /// An address that moves between machines.
    static func address(_ id: StaticAddressID) -> String { "address:\(id)" }
    /// A blueprint's image.
    static func image(_ blueprint: String) -> String { "image:\(blueprint)" }
    static func disk(_ id: DiskID) -> String { "disk:\(id)" }
    static func snapshot(_ id: SnapshotID) -> String { "snapshot:\(id)" }
    /// Something is made from the snapshot; many things may be at once.
    static func use(of id: SnapshotID, by user: String) -> String { "use:\(id):\(user)" }
    static func uses(of id: SnapshotID) -> String { "use:\(id):" }
}
