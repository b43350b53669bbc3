import SloopEngine
import SloopModel
import SloopProvisioner
import SloopSSH

/// The network between a server and the machines.
struct SimNetwork: MachineNetwork {
    let server: Server
    private var site: Site { server.site }

    init(server: Server) { self.server = server }

    var executor: any TaskExecutor { server.site.loop }

    func connect(to endpoint: SSHEndpoint, timeout: Duration) async throws -> any MachineSession {
        try await server.ask("connect to \(endpoint.address)", failing: site.faults.ssh, as: .unreachable, isLook: true)
        {
            guard let machine = site.machine(at: endpoint.address), machine.answers(at: site.loop.time) else {
                throw SloopError(.unreachable, "\(endpoint.address) port \(endpoint.port) cannot be reached")
            }
            let shown = try SSHPublicKey(line: machine.spec.hostKeyPublic)
            guard shown.blob == endpoint.hostKey.blob else {
                throw SloopError(.hostKeyChanged, "\(endpoint.address) shows another host key: \(shown.fingerprint)")
            }
            return Connection(server, machine)
        }
    }

    func waitForSSH(_ address: String, port: Int, timeout: Duration) async throws {
        let deadline = site.loop.time + timeout
        while site.machine(at: address)?.answers(at: site.loop.time) != true {
            guard site.loop.time < deadline else {
                throw SloopError(.unreachable, "\(address) port \(port) did not answer in time")
            }
            try await server.sleep(until: site.loop.time + .milliseconds(250))
        }
        try server.check()
    }
}

/// A connection to a model of a machine; it is lost with the boot in which it was made.
final class Connection: MachineSession, @unchecked Sendable {
    private let server: Server
    private let id: InstanceID
    private let boot: Int
    private let cuts: Int
    private var isLoggedIn = false
    private var isClosed = false
    private var site: Site { server.site }

    init(_ server: Server, _ machine: Machine) {
        self.server = server
        id = machine.spec.id
        boot = machine.boot
        cuts = machine.cuts
    }

    private func machine() throws -> Machine {
        guard !isClosed, let machine = site.machines[id], machine.isRunning, machine.boot == boot, machine.cuts == cuts
        else { throw SloopError(.unreachable, "the connection to \(id) is lost") }
        return machine
    }

    private func ask<Value: Sendable>(
        _ name: String, _ effect: @escaping @Sendable (Machine) throws -> Value
    ) async throws -> Value {
        try await server.ask("\(name) in \(id)", failing: site.faults.ssh, as: .unreachable, isLook: true) { [self] in
            let machine = try machine()
            let value = try effect(machine)
            site.didChange(machine)
            return value
        }
    }

    /// What only somebody who is logged in can do.
    private func command<Value: Sendable>(
        _ name: String, _ effect: @escaping @Sendable (Machine) throws -> Value
    ) async throws -> Value {
        guard isLoggedIn else { throw SloopError(.unexpected, "nobody has logged in") }
        return try await ask(name, effect)
    }

    func authenticate(user: String, key: SSHPrivateKey, timeout: Duration) async throws {
        try await ask("log in by \(key.publicKey.fingerprint)") { machine in
            guard user == machine.spec.username, machine.accepts(key.publicKey) else {
                throw SloopError(.keyRefused, "\(machine.spec.hostName) refuses \(key.publicKey.fingerprint)")
            }
        }
        isLoggedIn = true
    }

    func accepts(user: String, key: SSHPublicKey, timeout: Duration) async throws -> Bool {
        try await ask("offer \(key.fingerprint)") { $0.accepts(key) }
    }

    func add(_ key: SSHPublicKey, to file: AuthorizedKeysFile) async throws {
        try await command("add \(key.fingerprint)") { machine in
            try machine.edit(file) { if !$0.has(key) { $0.append(key.line) } }
        }
    }

    func remove(_ key: SSHPublicKey, from file: AuthorizedKeysFile, requiring other: SSHPublicKey) async throws {
        try await command("remove \(key.fingerprint)") { machine in
            guard machine.lines(file).has(other) else {
                throw SloopError(.operationFailed, "the key that is to stay is gone from \(file.path)")
            }
            guard machine.lines(file).has(key) else { return }
            try machine.edit(file) { lines in lines.removeAll { [$0].has(key) } }
        }
    }

    func contains(_ key: SSHPublicKey, in file: AuthorizedKeysFile) async throws -> Bool {
        try await command("look for \(key.fingerprint)") { $0.lines(file).has(key) }
    }

    func launch(
        _ run: LaunchID, script: String, asRoot: Bool, room: Int, onOutput: @escaping @Sendable ([UInt8]) async -> Void
    ) async throws -> LaunchProtocol.Outcome? {
        let isBegun = try await command("start the script \(run)") { [self] machine in
            if machine.claims.contains(run) { return false }
            guard machine.obstacles.isDisjoint(with: [.diskFull, .readOnly]) else {
                throw SloopError(.operationFailed, "the launch script cannot be started")
            }
            site.begin(run, in: machine)
            return true
        }
        guard isBegun else { return nil }
        try await server.sleep(until: site.loop.time + .milliseconds(250))
        if site.random.chance(site.faults.ssh) { throw SloopError(.unreachable, "the connection is lost") }
        guard let launch = try machine().launches[run], launch.cutOffAt == nil, launch.end <= site.loop.time else {
            return nil
        }
        await onOutput(Array(launch.output.prefix(room)))
        return .ended(launch.exit)
    }

    func follow(
        _ run: LaunchID, from offset: Int, room: Int, asRoot: Bool, silence: Duration,
        onOutput: @escaping @Sendable ([UInt8]) async -> Void
    ) async throws -> LaunchProtocol.Outcome? {
        let isUnclaimed = try await command("follow the script \(run)") { $0.claims.insert(run).inserted }
        if isUnclaimed { return .absent }
        var sent = offset
        while true {
            guard let launch = try machine().launches[run] else { return .interrupted }
            let isOver = launch.cutOffAt != nil || launch.end <= site.loop.time
            let rest = launch.written(at: site.loop.time).dropFirst(sent)
            sent += rest.count
            if !rest.isEmpty { await onOutput(Array(rest)) }
            if isOver { return launch.cutOffAt == nil ? .ended(launch.exit) : .interrupted }
            if site.random.chance(site.faults.ssh / 10) { throw SloopError(.unreachable, "the connection is lost") }
            try await server.sleep(until: site.loop.time + .seconds(1))
        }
    }

    func run(_ command: String, timeout: Duration) async throws -> SSHResult {
        try await self.command("run a command") { _ in SSHResult(exitCode: 0) }
    }

    func close() async { isClosed = true }
}

extension SSHResult {
    fileprivate init(exitCode: Int) { self.init(exitCode: exitCode, stdout: [], stderr: []) }
}
