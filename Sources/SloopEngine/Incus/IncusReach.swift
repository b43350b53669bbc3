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

    /// Has Incus write the bridge's rules anew if another program changed a forward there since the last look: what changed of
    /// ours in the same moment may be listed and not be passed on, which nobody sees in the list.
    private func renewForwards(besides all: [IncusForward]) async throws {
        let neighbours = all.filter { !owns($0.config) }.sorted { $0.listen_address < $1.listen_address }
        guard self.neighbours.isOther(neighbours), let ours = all.first(where: { owns($0.config) }) else { return }
        try await renew(ours.listen_address)
    }
}

/// The forwards of other programs at the last look.
final class ForwardNeighbours: Sendable {
    /// Before the first look they may have changed: a predecessor's last call may have come late.
    private let seen = Mutex([IncusForward]?.none)

    func isOther(_ now: [IncusForward]) -> Bool {
        seen.withLock { seen in
            defer { seen = now }
            return seen != now
        }
    }
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
