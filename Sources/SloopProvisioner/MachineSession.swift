package import SloopModel
package import SloopSSH

/// A connection to a machine's sshd, and all that Sloop does over it.
///
/// The real one is an ``SloopSSH/SSHSession``; a simulation has a model of a machine in its place.
package protocol MachineSession: Sendable {
    /// Throws `keyRefused` if the machine does not take the key.
    func authenticate(user: String, key: SSHPrivateKey, timeout: Duration) async throws
    /// Whether the machine would take the key, of which the private half is not needed.
    func accepts(user: String, key: SSHPublicKey, timeout: Duration) async throws -> Bool

    func add(_ key: SSHPublicKey, to file: AuthorizedKeysFile) async throws
    /// Removes the key unless the other one, which is to stay, is gone.
    func remove(_ key: SSHPublicKey, from file: AuthorizedKeysFile, requiring other: SSHPublicKey) async throws
    func contains(_ key: SSHPublicKey, in file: AuthorizedKeysFile) async throws -> Bool

    /// Starts the launch script, once however often it is called, and gives its output if it ends soon. Nil if it goes on,
    /// or was started before: then it is to be followed. Throws `operationFailed` if it cannot be started.
    func launch(
        _ run: LaunchID, script: String, asRoot: Bool, room: Int, onOutput: @escaping @Sendable ([UInt8]) async -> Void
    ) async throws -> LaunchProtocol.Outcome?
    /// Gives the run's output from the offset on, at most so many bytes, until it has ended; nil if that was cut off.
    func follow(
        _ run: LaunchID, from offset: Int, room: Int, asRoot: Bool, silence: Duration,
        onOutput: @escaping @Sendable ([UInt8]) async -> Void
    ) async throws -> LaunchProtocol.Outcome?

    func run(_ command: String, timeout: Duration) async throws -> SSHResult
    func close() async
}

/// Makes connections to machines.
package protocol MachineNetwork: Sendable {
    /// Where the sessions live: from a task there to a session is a call, and nothing that blocks may run there.
    var executor: any TaskExecutor { get }
    /// Throws `unreachable`, or `hostKeyChanged` if the host key is not the pinned one, before anything is sent.
    func connect(to endpoint: SSHEndpoint, timeout: Duration) async throws -> any MachineSession
    /// The same to a machine that is coming up: tries until an SSH server answers, or the time is over.
    func connect(toBooting endpoint: SSHEndpoint, timeout: Duration) async throws -> any MachineSession
    /// Waits until an SSH server answers there. Throws `unreachable` when the time is over.
    func waitForSSH(_ address: String, port: Int, timeout: Duration) async throws
}

extension MachineNetwork {
    package func connect(toBooting endpoint: SSHEndpoint, timeout: Duration) async throws -> any MachineSession {
        try await waitForSSH(endpoint.address, port: endpoint.port, timeout: timeout)
        return try await connect(to: endpoint, timeout: MachineAccess.patience)
    }
}

/// Real sshds, by libssh2.
package struct SSHNetwork: MachineNetwork {
    package init() {}

    package var executor: any TaskExecutor { SSHTasks.executor }

    package func connect(to endpoint: SSHEndpoint, timeout: Duration) async throws -> any MachineSession {
        try await SSHSession.connect(to: endpoint, timeout: timeout)
    }

    package func connect(toBooting endpoint: SSHEndpoint, timeout: Duration) async throws -> any MachineSession {
        try await SSHSession.connect(toBooting: endpoint, timeout: timeout)
    }

    package func waitForSSH(_ address: String, port: Int, timeout: Duration) async throws {
        try await SloopSSH.waitForSSH(address, port: port, timeout: timeout)
    }
}

extension SSHSession: MachineSession {
    package func add(_ key: SSHPublicKey, to file: AuthorizedKeysFile) async throws {
        try await file.add(key, over: self)
    }

    package func remove(
        _ key: SSHPublicKey, from file: AuthorizedKeysFile, requiring other: SSHPublicKey
    ) async throws {
        try await file.remove(key, requiring: other, over: self)
    }

    package func contains(_ key: SSHPublicKey, in file: AuthorizedKeysFile) async throws -> Bool {
        try await file.contains(key, over: self)
    }

    package func launch(
        _ run: LaunchID, script: String, asRoot: Bool, room: Int, onOutput: @escaping @Sendable ([UInt8]) async -> Void
    ) async throws -> LaunchProtocol.Outcome? {
        try await launch(
            run, by: LaunchProtocol.start(run, script: script, room: room), asRoot: asRoot, onOutput: onOutput)
    }

    package func follow(
        _ run: LaunchID, from offset: Int, room: Int, asRoot: Bool, silence: Duration,
        onOutput: @escaping @Sendable ([UInt8]) async -> Void
    ) async throws -> LaunchProtocol.Outcome? {
        let program = LaunchProtocol.follow(run, from: offset, room: room)
        let result = try await self.run(
            asRoot ? LaunchProtocol.asRoot(program) : program, timeout: silence, onOutput: onOutput)
        return LaunchProtocol.outcome(String(decoding: result.stderr, as: UTF8.self))
    }

    package func run(_ command: String, timeout: Duration) async throws -> SSHResult {
        try await run(command, stdin: [], timeout: timeout)
    }
}
