import SloopEngine
import SloopModel
import SloopSaga
import SloopStore

/// Opens and closes ports of a machine.
enum SetPorts {
    struct Parameters: Codable, Sendable {
        let instance: InstanceID
        let rules: [PortRule]
        let before: [PortRule]
    }

    /// The names of the three ways to ask for it, which clients see.
    enum Kind: String, CaseIterable {
        case open = "open-instance-public-ports"
        case close = "close-instance-public-ports"
        case put = "put-instance-public-ports"
    }

    static let sagas = Kind.allCases.map { saga($0) }

    static func saga(_ kind: Kind) -> Saga<World, Tables, Parameters> { Saga(kind.rawValue, steps) }

    private static let steps: [Saga<World, Tables, Parameters>.Step] = [
        .effect("ports") { world, p in
            try await set(p.rules, p, world)
        } undo: { world, p in
            try await set(p.before, p, world)
        } recording: { tables, p in
            try tables.change(p.instance) { $0.ports = p.rules }
        }
    ]

    private static func set(_ rules: [PortRule], _ p: Parameters, _ world: World) async throws {
        let instance = try await world.instance(p.instance)
        try await world.engine.setPublicAccess(instance.publicAccess(by: rules))
    }
}
