import SloopEngine
import SloopModel

/// The DNS server as Sloop reaches it.
struct SimDNS: DNSServer {
    let server: Server
    private var site: Site { server.site }

    init(server: Server) { self.server = server }

    var name: String { "simulated" }
    var nameServers: [String] { ["ns1.example.org", "ns2.example.org"] }

    private func ask<Value: Sendable>(
        _ name: String, isLook: Bool = false, _ effect: @escaping @Sendable () throws -> Value
    ) async throws -> Value {
        try await server.ask(name, failing: site.faults.engine, as: .operationFailed, isLook: isLook, effect)
    }

    func put(_ zone: DNSZone) async throws {
        try await ask("serve \(zone.name)") { site.zones[zone.name] = zone }
    }
    func delete(_ zone: String) async throws { try await ask("serve \(zone) no more") { site.zones[zone] = nil } }
    func zones() async throws -> Set<String> { try await ask("list zones", isLook: true) { Set(site.zones.keys) } }
    func version() async throws -> String { try await ask("say its version", isLook: true) { "simulated" } }
}
