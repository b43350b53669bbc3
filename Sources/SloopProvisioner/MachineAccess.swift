import SloopEngine
import SloopModel
import SloopSSH
import SloopStore

/// Sloop's own way into the machines: by its access key, with the host key pinned.
///
/// A session may be kept between the steps of a saga, which then need one login instead of three.
actor MachineAccess {
    static let patience = Duration.seconds(10)
    private let store: Store
    private let network: any MachineNetwork
    private let clock: any WorldClock
    private var kept: [InstanceID: (session: any MachineSession, since: ContinuousClock.Instant)] = [:]
    /// Connections for those who ask for one next; nobody has logged in over them.
    private var ahead: [InstanceID: [(connection: Connecting, since: ContinuousClock.Instant)]] = [:]

    private typealias Connecting = Task<any MachineSession, any Error>

    init(store: Store, network: any MachineNetwork, clock: any WorldClock) {
        self.store = store
        self.network = network
        self.clock = clock
    }

    /// Runs the body in a session of the machine's user; closes it afterwards unless it is to be kept.
    ///
    /// - Parameter ahead: how many connections are begun beside it for ``withStranger(to:_:)``: far away, the way there and
    ///   back is most of what one costs.
    nonisolated func withSession<Value: Sendable>(
        _ instance: Instance, keep: Bool = false, ahead: Int = 0, _ body: (any MachineSession) async throws -> Value
    ) async throws -> Value {
        let kept = await take(instance.id)
        let session = if let kept { kept } else { try await logIn(instance, ahead: ahead) }
        do {
            if kept != nil, ahead > 0 { try await begin(ahead, to: instance) }
            let value = try await body(session)
            if keep { await put(session, for: instance.id) } else { await session.close() }
            return value
        } catch {
            await session.close()
            throw error
        }
    }

    /// One that was begun, or a new one.
    private nonisolated func connect(to instance: Instance) async throws -> any MachineSession {
        while let begun = await next(instance.id) {
            // sshd may have closed it for being one too many of those that have not logged in.
            if let session = try? await begun.value { return session }
        }
        return try await network.connect(to: instance.endpoint(), timeout: MachineAccess.patience)
    }

    /// Runs the body in a connection over which nobody has logged in yet, and closes it.
    nonisolated func withStranger<Value: Sendable>(
        to instance: Instance, _ body: (any MachineSession) async throws -> Value
    ) async throws -> Value {
        let session = try await connect(to: instance)
        do {
            let value = try await body(session)
            await session.close()
            return value
        } catch {
            await session.close()
            throw error
        }
    }

    /// Closes what was kept and begun for the machine.
    func drop(_ id: InstanceID) async {
        await kept.removeValue(forKey: id)?.session.close()
        for (begun, _) in ahead.removeValue(forKey: id) ?? [] { await close(begun) }
    }

    /// Closes what was kept and begun and not used again.
    func sweep() async {
        let now = clock.instant
        func isOld(_ since: ContinuousClock.Instant) -> Bool { since.duration(to: now) > MachineAccess.patience }
        // Taken out before anything is waited for: meanwhile others take and put.
        let sessions = kept.values.filter { isOld($0.since) }.map(\.session)
        kept = kept.filter { !isOld($0.value.since) }
        let connections = ahead.values.joined().filter { isOld($0.since) }.map(\.connection)
        ahead = ahead.mapValues { $0.filter { !isOld($0.since) } }.filter { !$0.value.isEmpty }
        for session in sessions { await session.close() }
        for begun in connections { await close(begun) }
    }

    /// Sees to it that so many connections are begun.
    private func begin(_ count: Int, to instance: Instance) throws {
        let endpoint = try instance.endpoint()
        while ahead[instance.id, default: []].count < count {
            let begun = Connecting(executorPreference: network.executor) { [network] in
                try await network.connect(to: endpoint, timeout: MachineAccess.patience)
            }
            ahead[instance.id, default: []].append((begun, clock.instant))
        }
    }

    private func next(_ id: InstanceID) async -> Connecting? {
        while let (begun, since) = ahead[id]?.first {
            ahead[id]?.removeFirst()
            if ahead[id]?.isEmpty == true { ahead[id] = nil }
            if since.duration(to: clock.instant) < MachineAccess.patience { return begun }
            await close(begun)
        }
        return nil
    }

    private func close(_ begun: Connecting) async {
        begun.cancel()
        try? await begun.value.close()
    }

    private func take(_ id: InstanceID) async -> (any MachineSession)? {
        guard let (session, since) = kept.removeValue(forKey: id) else { return nil }
        if since.duration(to: clock.instant) < MachineAccess.patience { return session }
        await session.close()
        return nil
    }

    private func put(_ session: any MachineSession, for id: InstanceID) async {
        let before = kept.updateValue((session, clock.instant), forKey: id)
        await before?.session.close()
    }

    /// Logs in with the key that the machine has; with each of those that it may have, after a rotation was cut off.
    ///
    /// - Parameters:
    ///   - boot: how long its sshd may take to come up; nil if it is to be there.
    ///   - ahead: as with ``withSession(_:keep:ahead:_:)``.
    nonisolated func logIn(
        _ instance: Instance, boot: Duration? = nil, ahead: Int = 0
    ) async throws -> any MachineSession {
        let keys = try await store.read { tables in
            try tables.keys(of: instance.id, role: .access)
                .sorted { MachineAccess.likelihood($0.status) < MachineAccess.likelihood($1.status) }
                .compactMap { try tables.secret(SecretName.access($0.fingerprint)) }
        }
        let endpoint = try instance.endpoint()
        let session =
            if let boot {
                try await network.connect(toBooting: endpoint, timeout: boot)
            } else {
                try await network.connect(to: endpoint, timeout: MachineAccess.patience)
            }
        do {
            // Not before: sshd may bear few strangers, and turns those away that come last.
            if ahead > 0 { try await begin(ahead, to: instance) }
            for (index, key) in keys.enumerated() {
                do {
                    try await session.authenticate(
                        user: instance.username, key: SSHPrivateKey(parsing: key), timeout: MachineAccess.patience)
                    return session
                } catch let error as SloopError where error.code == .keyRefused && index < keys.count - 1 {
                    continue
                }
            }
            throw SloopError(.unexpected, "no access key is recorded for '\(instance.name)'")
        } catch {
            await session.close()
            throw error
        }
    }

    private static func likelihood(_ status: InstanceKey.Status) -> Int {
        switch status {
        case .current: 0
        case .adding: 1
        case .removing: 2
        }
    }

    /// Waits until sshd answers, then logs in once.
    nonisolated func waitForLogin(_ instance: Instance, timeout: Duration) async throws {
        try await logIn(instance, boot: timeout).close()
    }
}

extension Instance {
    /// Where its sshd answers, and the host key it must show.
    func endpoint() throws -> SSHEndpoint {
        try SSHEndpoint(address: address, port: port, hostKey: SSHPublicKey(line: hostKey))
    }
}
