import CFaultyVFS
package import Foundation
import Synchronization

/// A folder whose SQLite files are on a disk that fails when it is told to, and that remembers what was written to it.
///
/// SQLite's own file system stands between: what is tested is the real store over the real SQLite.
package final class FaultyDisk: Sendable {
    /// What goes wrong.
    package enum Fault: String, CaseIterable, Sendable {
        /// No room for what is written; half of it is there.
        case full
        /// A write, a sync, a truncation, a deletion or a growth of the shared memory fails; of a write half is there.
        case io
        /// Another program holds a lock.
        case busy

        func code(_ what: Event.What) -> Int32? {
            switch (self, what) {
            case (.full, .write): 13
            case (.full, .map): 4874
            case (.io, .write): 778
            case (.io, .sync): 1034
            case (.io, .truncate): 1546
            case (.io, .delete): 2570
            case (.io, .map): 5386
            case (.busy, .lock): 5
            default: nil
            }
        }
    }

    /// Something that was asked of the disk, or that the test noted.
    package struct Event: Sendable {
        package enum What: Int32, Sendable { case write = 1, truncate, sync, delete, lock, map, note }
        package let what: What
        /// The file's name; for a note its text.
        package let name: String
        /// Of a write; the new size of a truncation.
        package let offset: Int
        package let bytes: [UInt8]
    }

    private struct State {
        var plan: (fault: Fault, countdown: Int, isLasting: Bool)?
        var failed: (fault: Fault, event: Event)?
        var events: [Event]?
    }

    package let folder: URL
    private let state = Mutex(State())

    /// Makes an empty folder, which is gone when this is.
    package init() throws {
        FaultyDisk.install
        folder = URL(filePath: NSTemporaryDirectory()).appending(path: "sloop-faulty-\(UUID().uuidString)")
            .resolvingSymlinksInPath()
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        FaultyDisk.all.withLock { $0[folder.lastPathComponent] = Weak(disk: self) }
    }

    deinit {
        _ = FaultyDisk.all.withLock { $0.removeValue(forKey: folder.lastPathComponent) }
        try? FileManager.default.removeItem(at: folder)
    }

    /// Lets the n-th of what can fail so fail, counted from now on and from 1; if it is lasting, all that follow, too.
    package func fail(_ fault: Fault, at number: Int, isLasting: Bool = false) {
        state.withLock { state in
            state.plan = (fault, number, isLasting)
            state.failed = nil
        }
    }

    /// Lets nothing fail any more.
    package func heal() { state.withLock { $0.plan = nil } }

    /// What failed first; nil if nothing did.
    package var failed: (fault: Fault, event: Event)? { state.withLock { $0.failed } }

    /// Remembers all that is written from now on.
    package func record() { state.withLock { $0.events = [] } }

    /// Puts a note among what was written.
    package func note(_ text: String) {
        state.withLock { $0.events?.append(Event(what: .note, name: text, offset: 0, bytes: [])) }
    }

    package var events: [Event] { state.withLock { $0.events ?? [] } }

    private func answer(_ event: Event) -> Int32 {
        state.withLock { state in
            if var plan = state.plan, let code = plan.fault.code(event.what) {
                plan.countdown -= 1
                state.plan = plan
                if plan.countdown == 0 || (plan.countdown < 0 && plan.isLasting) {
                    state.failed = state.failed ?? (plan.fault, event)
                    return code
                }
            }
            if event.what != .lock && event.what != .map { state.events?.append(event) }
            // What is on a real disk then is not what these tests look at, and it would take most of their time.
            return event.what == .sync ? FAULTY_SKIP : 0
        }
    }

    private struct Weak: @unchecked Sendable { weak var disk: FaultyDisk? }
    private static let all = Mutex<[String: Weak]>([:])

    private static let install: Void = {
        let code = faulty_install { what, path, offset, bytes, length in
            guard let path, let what = Event.What(rawValue: what) else { return 0 }
            let words = String(cString: path).split(separator: "/").map(String.init)
            guard let folder = words.first(where: { $0.hasPrefix("sloop-faulty-") }),
                let disk = FaultyDisk.all.withLock({ $0[folder]?.disk })
            else { return 0 }
            let data = bytes.map { [UInt8](UnsafeRawBufferPointer(start: $0, count: Int(length))) } ?? []
            return disk.answer(
                Event(what: what, name: words.last ?? "", offset: Int(offset), bytes: data))
        }
        precondition(code == 0, "SQLite took no other file system: \(code)")
    }()
}
