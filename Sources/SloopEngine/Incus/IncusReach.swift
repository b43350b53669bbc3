import SloopModel
import Synchronization

extension IncusEngine {
    package func reach() async throws -> PublicReach? {
        let (there, keptOut) = try await calling("list what reaches the machines") {
            let there = try await forwards()
            try await renewForwards(besides: there)
            return (there, try await allRestrictions())
        }
        var ways = keptOut.mapValues { Set($0.map(\.way)) }
        for one in there where owns(one.config) {
            guard let id = one.config["user.sloop.instance"] else { continue }
            ways[InstanceID(id), default: []].formUnion(one.ways)
        }
        return PublicReach(ways: ways) { access in
            let opening = IncusOpening(access.rules)
            let open = access.address == access.place.address ? [] : forward(access, opening).ways
            return open.union(restrictions(opening, access).map(\.way))
        }
    }

    /// Has Incus write the bridge's rules anew at two looks after another program changed a forward there: what changed of ours
    /// in the same moment may be listed and not be passed on, which nobody sees in the list. At the first look that change
    /// may be listed and not be carried out yet.
    private func renewForwards(besides all: [IncusForward]) async throws {
        let theirs = all.filter { !owns($0.config) }.sorted { $0.listen_address < $1.listen_address }
        guard neighbours.mustRenew(beside: theirs) else { return }
        if let ours = all.first(where: { owns($0.config) }) { try await renew(ours.listen_address) }
        neighbours.didRenew()
    }
}

/// What changes forwards besides this engine's turns: other programs, and calls that were given up.
final class ForwardNeighbours: Sendable {
    /// The forwards of others at the last look, and at how many looks ours are written anew. Before the first one a predecessor's
    /// last call may have come late.
    private let last = Mutex((seen: [IncusForward](), renewals: 2))

    /// Whether what these may have lost of ours was not written anew often enough.
    func mustRenew(beside now: [IncusForward]) -> Bool {
        last.withLock { last in
            if last.seen != now { last = (now, 2) }
            return last.renewals > 0
        }
    }

    func mayStillChange() { last.withLock { $0.renewals = 2 } }

    func didRenew() { last.withLock { $0.renewals -= 1 } }
}

extension IncusACL.Rule {
    fileprivate var way: String {
        [action, source, destination, `protocol`, destination_port, state].map { $0 ?? "" }.joined(separator: " ")
    }
}

extension IncusForward {
    /// What it lets in, without the order and the words in which that is said.
    fileprivate var ways: Set<String> {
        let everything = config["target_address"].flatMap { $0.isEmpty ? nil : "\(listen_address) > \($0)" }
        return ports.reduce(into: [listen_address, everything ?? listen_address]) { ways, port in
            let target = [port.target_address, port.target_port ?? ""].filter { !$0.isEmpty }.joined(separator: " ")
            for range in port.listen_port.split(separator: ",") {
                ways.insert("\(listen_address) \(port.protocol) \(range) > \(target)")
            }
        }
    }
}
