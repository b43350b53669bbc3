import SloopEngine
import SloopModel

/// The DNS server as Sloop reaches it.
struct SimDNS: DNSServer, Host {
    let server: Server

    init(server: Server) { self.server = server }

    var name: String { "simulated" }
    var nameServers: [String] { ["ns1.example.org", "ns2.example.org"] }

    func put(_ zone: DNSZone) async throws {
        try await ask("serve \(zone.name)") { site.zones[zone.name] = zone }
    }
    func delete(_ zone: String) async throws { try await ask("serve \(zone) no more") { site.zones[zone] = nil } }
    func zones() async throws -> Set<String> { try await ask("list zones", isLook: true) { Set(site.zones.keys) } }
    func version() async throws -> String { try await ask("say its version", isLook: true) { "simulated" } }
}
