import SloopModel

/// What the server asks that is not a machine: the engine and its parts, the DNS server. It fails as often as the engine does.
protocol Host: Sendable {
    var server: Server { get }
}

extension Host {
    var site: Site { server.site }

    func ask<Value: Sendable>(
        _ name: String, isLook: Bool = false, _ effect: @escaping @Sendable () throws -> Value
    ) async throws -> Value {
        try await server.ask(name, failing: site.faults.engine, as: .operationFailed, isLook: isLook, effect)
    }
}
