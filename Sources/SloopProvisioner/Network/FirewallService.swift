import SloopCatalog
import SloopEngine
package import SloopModel
import SloopStore

/// Which ports of instances can be reached from outside.
package struct FirewallService: Sendable {
    let world: World
    let catalog: Catalog
    let desk: SagaDesk

    /// Rules of one instance.
    static let limit = 60
    /// How long a call waits for the ports to be what it asked for.
    static let patience = Duration.seconds(20)

    /// The rules of the instance, in the order in which they were made.
    package func rules(of name: String) async throws -> [PortRule] {
        try await world.store.read { rules(of: try $0.instance(named: name)) }
    }

    private func rules(of instance: Instance) -> [PortRule] {
        instance.ports ?? (try? catalog.blueprint(instance.blueprint))?.ports.map(PortRule.tcp) ?? []
    }

    /// Opens these ports too; a rule for the same ports is replaced.
    package func open(_ rule: PortRule, of name: String) async throws -> SloopModel.Operation {
        try await set(.open, rule.label, of: name) { $0.filter { !$0.isAbout(rule) } + [rule] }
    }

    /// Closes ports that were opened by a rule for exactly these; nothing happens if there is none.
    package func close(_ rule: PortRule, of name: String) async throws -> SloopModel.Operation {
        try await set(.close, rule.label, of: name) { $0.filter { !$0.isAbout(rule) } }
    }

    /// Opens exactly these ports.
    package func put(_ rules: [PortRule], of name: String) async throws -> SloopModel.Operation {
        try await set(.put, rules.map(\.label).joined(separator: ","), of: name) { _ in rules }
    }

    private func set(
        _ kind: SetPorts.Kind, _ details: String, of name: String,
        _ edit: @escaping @Sendable ([PortRule]) -> [PortRule]
    ) async throws -> SloopModel.Operation {
        let operation = try await begin(kind, details, of: name, edit)
        return try await OperationService(world: world, desk: desk)
            .waitForEnd(operation.id, upTo: FirewallService.patience).operation.thrown()
    }

    /// Accepts the change, which is made after the answer.
    func begin(
        _ kind: SetPorts.Kind, _ details: String = "", of name: String,
        _ edit: @escaping @Sendable ([PortRule]) -> [PortRule]
    ) async throws -> SloopModel.Operation {
        let now = world.now()
        let operation = try await world.store.write { tables in
            let instance = try tables.instance(named: name)
            let before = rules(of: instance)
            let after = edit(before)
            try check(after, name)
            // What is so already needs nothing of an engine, also of one that cannot change it.
            if Set(before) != Set(after) { try world.engine.check(after) }
            let operation = try tables.accept(
                SetPorts.saga(kind), SetPorts.Parameters(instance: instance.id, rules: after, before: before),
                of: instance.account, on: name, details: details.isEmpty ? nil : details,
                locks: [Lock.instance(instance.id)], at: now)
            guard instance.state != .deleting && instance.state != .pending else {
                throw SloopError(
                    .wrongState, "the instance '\(name)' is \(instance.state.rawValue)",
                    tip: "wait until it is running: sloop instance show \(name)")
            }
            return operation
        }
        await desk.scan()
        return operation
    }

    private func check(_ rules: [PortRule], _ name: String) throws {
        for rule in rules { try rule.check() }
        guard rules.count <= FirewallService.limit else {
            throw SloopError(
                .invalidInput, "'\(name)' would have \(rules.count) rules; the limit is \(FirewallService.limit)",
                tip: "use ranges of ports")
        }
    }
}

extension SloopModel.Operation {
    /// The operation, unless it failed: then the caller who waited for it is told why.
    func thrown() throws -> SloopModel.Operation {
        guard status == .failed || status == .stuck else { return self }
        throw SloopError(.operationFailed, error ?? "\(kind) failed", tip: "see: sloop operation list")
    }
}
