import SloopEngine
package import SloopModel

/// Says which engines this computer can have; needs no server, and changes nothing.
package enum Doctor {
    /// Each engine with what was looked at, in a few seconds.
    package static func examine() async -> [EngineHealth] {
        [LocalDoctor().examine(), await IncusDoctor().examine()]
    }

    /// The same of the DNS server that domains are served by.
    package static func examine(_ choice: DNSChoice) async -> EngineHealth {
        do {
            let server = try choice.server(installation: "", patience: .seconds(2))
            return EngineHealth(engine: "dns", checks: [.init("api", .ok, detail: try await server.version())])
        } catch {
            let error = error as? SloopError ?? SloopError(.unexpected, "\(error)")
            return EngineHealth(engine: "dns", checks: [.init("api", .missing, detail: error.message, mend: error.tip)])
        }
    }
}
