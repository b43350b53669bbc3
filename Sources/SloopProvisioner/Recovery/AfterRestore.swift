import SloopModel
import SloopSaga
import SloopStore

/// What is done once with a store that came out of a backup, before anything else.
///
/// What was under way when the backup was made has long ended, one way or the other. To go on with it could take a
/// machine away that its user has had since: an undo of its creation would delete it.
enum AfterRestore {
    /// What can be gone on with: it makes and deletes nothing, and locks nobody out.
    private static let harmless: Set = [RotateInstanceKey.saga.name, RunLaunchScript.saga.name, BuildImage.saga.name]

    static let reason = "it was under way when the backup was made that is restored now; see what became of it"

    static func settle(_ store: Store) async throws {
        try await store.write { tables in
            guard try tables.setting(Backup.restoredAt) != nil else { return }
            for record in try tables.unfinishedSagas() where !harmless.contains(record.kind) {
                try tables.giveUp(record.id, why: reason, at: tables.now)
            }
            // A machine that was kept ready then may be somebody's by now: it is shown, and neither handed out nor deleted.
            for warm in try tables.instances() where warm.account == .warm {
                var shown = warm
                shown.account = .default
                try tables.of(.default).claim(name: warm.name, type: "Instance")
                try tables.handOver(warm, as: shown)
            }
            // The reconciler says what they are, by what is there.
            for instance in try tables.instances() where [.pending, .stopping, .deleting].contains(instance.state) {
                try tables.change(instance.id) { instance in
                    instance.state = .error
                    instance.stateReason = reason
                }
            }
            for disk in try tables.disks() where [.pending, .deleting].contains(disk.state) {
                try tables.settle(disk.id, as: .error, reason)
            }
            for snapshot in try tables.snapshots() where [.pending, .deleting].contains(snapshot.state) {
                try tables.change(snapshot.id) { snapshot in
                    snapshot.state = .error
                    snapshot.stateReason = reason
                }
            }
            // The DNS server may know records of later, or not know these.
            for domain in try tables.domains() { try tables.mark(domain.id, asStale: true) }
            try tables.forget(setting: Backup.restoredAt)
        }
    }
}
