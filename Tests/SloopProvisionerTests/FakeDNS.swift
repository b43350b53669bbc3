import SloopEngine
import SloopModel
import Synchronization

/// A DNS server in memory, which can be away.
final class FakeDNS: DNSServer {
    private struct State {
        var zones: [String: DNSZone] = [:]
        var isAway = false
        var puts = 0
    }
    private let state = Mutex(State())

    let name = "memory"
    let nameServers = ["ns1.example.net", "ns2.example.net"]

    /// What is served.
    var served: [String: DNSZone] { state.withLock { $0.zones } }
    /// How often a zone was written.
    var puts: Int { state.withLock { $0.puts } }
    func set(away: Bool) { state.withLock { $0.isAway = away } }
    /// Somebody deletes a zone behind Sloop's back, or makes one of ours.
    func meddle(_ name: String, _ zone: DNSZone?) { state.withLock { $0.zones[name] = zone } }

    private func answer<Value>(_ body: (inout State) -> Value) throws -> Value {
        try state.withLock { state in
            if state.isAway { throw SloopError(.unreachable, "the DNS server does not answer") }
            return body(&state)
        }
    }

    func put(_ zone: DNSZone) async throws {
        try answer { state in
            state.zones[zone.name] = zone
            state.puts += 1
        }
    }
    func delete(_ zone: String) async throws { try answer { $0.zones[zone] = nil } }
    func zones() async throws -> Set<String> { try answer { Set($0.zones.keys) } }
    func version() async throws -> String { try answer { _ in "memory" } }
}
