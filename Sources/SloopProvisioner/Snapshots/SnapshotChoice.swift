import SloopModel
import SloopStore

/// Which snapshot a user means.
package enum SnapshotChoice: Sendable, Equatable {
    case named(String)
    /// The newest automatic one of the instance or disk of that name.
    case latest(of: String)
    /// The automatic one of that day (UTC, `2026-11-25`).
    case day(String, of: String)
}

extension Tables {
    /// The snapshot that is meant, which must be complete. Throws `notFound`, or `wrongState`.
    func snapshot(_ choice: SnapshotChoice, _ kind: Snapshot.Kind) throws -> Snapshot {
        let found: Snapshot
        switch choice {
        case .named(let name): found = try snapshot(named: name, kind)
        case .latest(let name): found = try automatic(of: name, kind, nil)
        case .day(let day, let name): found = try automatic(of: name, kind, day)
        }
        guard found.state == .available else {
            throw SloopError(
                .wrongState, "the snapshot '\(found.label)' is \(found.state.rawValue)",
                tip: "wait until it is complete; see: sloop snapshot list")
        }
        return found
    }

    private func automatic(of name: String, _ kind: Snapshot.Kind, _ day: String?) throws -> Snapshot {
        let source = try source(named: name)
        let all = try automaticSnapshots(of: source.id)
        // The newest that can be used; the one that was asked for, whatever its state.
        let found =
            source.kind == kind
            ? all.first { day == nil ? $0.state == .available : $0.day == day } : nil
        guard let found else {
            throw SloopError(
                .notFound, "'\(name)' has no automatic snapshot\(day.map { " of \($0.prefix(40))" } ?? "")",
                tip: "see them with: sloop snapshot list --of \(name)")
        }
        return found
    }

    /// The instance or disk of that name. Throws `notFound` if there is neither.
    func source(named name: String) throws -> (id: String, kind: Snapshot.Kind) {
        switch try type(ofResource: name) {
        case "Instance": return (try instance(named: name).id.value, .instance)
        case "Disk": return (try disk(named: name).id.value, .disk)
        default:
            throw SloopError(
                .notFound, "no instance or disk is named '\(name)'",
                tip: "see them with: sloop instance list; sloop disk list")
        }
    }
}
