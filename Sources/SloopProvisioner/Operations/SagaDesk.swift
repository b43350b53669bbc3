import Logging
import SloopModel
import SloopSaga
import SloopStore

/// Runs the sagas that are recorded and not ended, each once at a time, a bounded number at once.
actor SagaDesk {
    /// Twice the machines that two cores keep busy in a handshake; more only wait in sshd.
    static let workers = 24
    private let world: World
    private let runner: SagaRunner<StoreLog>
    private let kinds: [String: SagaKind]
    private let logger: Logger
    private var running: [OperationID: Task<Void, Never>] = [:]
    private var free = SagaDesk.workers
    private var waiting: [CheckedContinuation<Void, Never>] = []
    private var isScanning = false
    /// What ended since the scan that is under way began: it may be among what that one reads.
    private var ended: Set<OperationID> = []
    private var mustScanAgain = false
    private var isClosed = false

    init(world: World, log: StoreLog, kinds: [SagaKind], logger: Logger) {
        self.world = world
        runner = SagaRunner(log: log)
        self.kinds = Dictionary(uniqueKeysWithValues: kinds.map { ($0.name, $0) })
        self.logger = logger
    }

    func steps(of kind: String) -> [String] { kinds[kind]?.steps ?? [] }

    /// Starts what is recorded and not at work yet: after an accepted call, and after a restart.
    func scan() async {
        if isScanning {
            mustScanAgain = true
            return
        }
        isScanning = true
        defer { isScanning = false }
        repeat {
            mustScanAgain = false
            ended = []
            do {
                // Run a second time, what has ended would do again what is done at its end.
                for record in try await world.store.read({ try $0.unfinishedSagas() }) where !ended.contains(record.id)
                {
                    start(record)
                }
            } catch is CancellationError {
                // Whoever asked is gone, or the server goes down; the next scan finds what there is.
            } catch {
                logger.error("unfinished operations cannot be read", metadata: ["error": "\(error)"])
            }
        } while mustScanAgain
    }

    private func start(_ record: SagaRecord) {
        guard !isClosed && running[record.id] == nil else { return }
        guard let kind = kinds[record.kind] else {
            logger.error("operation of an unknown kind", metadata: ["kind": "\(record.kind)", "id": "\(record.id)"])
            return
        }
        running[record.id] = Task(executorPreference: world.network.executor) { await self.run(record, kind) }
    }

    private func run(_ record: SagaRecord, _ kind: SagaKind) async {
        if !kind.isLong { await takePlace() }
        await bringToEnd(record, kind)
        if !kind.isLong { leavePlace() }
        running[record.id] = nil
        if isScanning { ended.insert(record.id) }
        if kind.mayLeaveAnother && !isClosed { await scan() }
    }

    private func bringToEnd(_ record: SagaRecord, _ kind: SagaKind) async {
        var pause = Duration.milliseconds(250)
        while !Task.isCancelled {
            do {
                let end = try await kind.run(runner, record, world)
                logger.debug("operation ended", metadata: ["id": "\(record.id)", "end": "\(end)"])
                return
            } catch is CancellationError {
                return
            } catch {
                // The log could not be written: the disk is full, say. Nothing may be decided until it can be.
                logger.error(
                    "operation waits for the store", metadata: ["id": "\(record.id)", "error": "\(error)"])
                try? await world.clock.sleep(for: pause)
                pause = min(pause * 2, .seconds(30))
            }
        }
    }

    /// Waits until the operation is not at work.
    func end(of id: OperationID) async { await running[id]?.value }

    private func takePlace() async {
        if free > 0 {
            free -= 1
            return
        }
        await withCheckedContinuation { waiting.append($0) }
    }

    private func leavePlace() {
        if waiting.isEmpty { free += 1 } else { waiting.removeFirst().resume() }
    }

    /// Stops all work where it is; the next start goes on with it.
    func close() async {
        isClosed = true
        let tasks = Array(running.values)
        for task in tasks { task.cancel() }
        for task in tasks { await task.value }
    }
}
