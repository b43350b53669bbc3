import CEpoll
import CLibSSH2
import Foundation
import SloopModel

/// Where an SSH server is, and the host key that it must show.
package struct SSHEndpoint: Sendable, Hashable {
    package let address: String
    package let port: Int
    package let hostKey: SSHPublicKey

    package init(address: String, port: Int, hostKey: SSHPublicKey) {
        self.address = address
        self.port = port
        self.hostKey = hostKey
    }
}

/// A connection to an SSH server, by libssh2. One call at a time; a session that threw is to be closed.
package actor SSHSession {
    package nonisolated var unownedExecutor: UnownedSerialExecutor { EpollLoop.shared.asUnownedSerialExecutor() }

    let endpoint: SSHEndpoint
    private let socket: LoopSocket
    /// Nil once closed.
    private(set) var session: OpaquePointer?
    var deadline = ContinuousClock.now
    /// Channels of commands that are over, which are freed when the next command begins.
    var ended: [OpaquePointer] = []
    /// The shell that waits for the next words of ``tell(_:after:timeout:)``; nil if there is none.
    var shell: OpaquePointer?
    /// The shell with a terminal that was opened; nil if there is none, or the session is closed.
    var terminal: TerminalChannel?

    /// Connects, and compares the host key with the pinned one before anything else is said.
    ///
    /// Throws `unreachable`, or `hostKeyChanged` with both fingerprints.
    package static func connect(to endpoint: SSHEndpoint, timeout: Duration) async throws -> SSHSession {
        let deadline = ContinuousClock.now + timeout
        let socket = try await Connector.shared.connect(endpoint, until: deadline)
        let session = try SSHSession(endpoint, socket)
        do {
            try await session.shakeHands(until: deadline)
        } catch {
            await session.close()
            throw error
        }
        return session
    }

    private actor Connector {
        static let shared = Connector()
        nonisolated var unownedExecutor: UnownedSerialExecutor { EpollLoop.shared.asUnownedSerialExecutor() }

        func connect(_ endpoint: SSHEndpoint, until deadline: ContinuousClock.Instant) async throws -> LoopSocket {
            try await LoopSocket.connect(
                to: endpoint.address, port: endpoint.port, loop: .shared, until: deadline)
        }
    }

    // libssh2_init is not safe to call from two threads.
    private static let isReady = libssh2_init(0) == 0

    private init(_ endpoint: SSHEndpoint, _ socket: LoopSocket) throws {
        guard SSHSession.isReady, let session = libssh2_session_init_ex(nil, nil, nil, nil) else {
            throw SloopError(.unexpected, "libssh2 could not be started")
        }
        self.endpoint = endpoint
        self.socket = socket
        self.session = session
        libssh2_session_set_blocking(session, 0)
    }

    isolated deinit {
        guard let session else { return }
        free(session)
    }

    private func shakeHands(until deadline: ContinuousClock.Instant) async throws {
        self.deadline = deadline
        Methods.prefer(endpoint.hostKey.algorithm, in: session)
        let fd = socket.fd
        try await call("shake hands") { libssh2_session_handshake($0, fd) }
        var length = 0
        var kind: Int32 = 0
        guard let key = libssh2_session_hostkey(session, &length, &kind) else {
            throw failure("shake hands", LIBSSH2_ERROR_KEX_FAILURE)
        }
        let blob = UnsafeRawBufferPointer(start: key, count: length).map { $0 }
        guard blob == endpoint.hostKey.blob else {
            let shown = SSHPublicKey(algorithm: "", blob: blob, comment: "").fingerprint
            throw SloopError(
                .hostKeyChanged,
                "\(endpoint.name) shows another host key: \(shown) instead of \(endpoint.hostKey.fingerprint); "
                    + "nothing was sent to it",
                tip: "somebody may be in between, or the machine was replaced; find out before you go on")
        }
    }

    /// Logs in with the key. Throws `keyRefused` if the server does not take it.
    package func authenticate(user: String, key: SSHPrivateKey, timeout: Duration = .seconds(10)) async throws {
        deadline = .now + timeout
        let signer = Signer(blob: key.publicKey.blob, sign: key.sign)
        let code = try await offer(signer, user)
        guard code == 0 else {
            throw SloopError(
                .keyRefused, "\(endpoint.name) refuses the key \(key.publicKey.fingerprint) for the user '\(user)'",
                tip: "see which keys it should have: sloop key list")
        }
    }

    /// Asks whether the server would take the key, without having its private half (RFC 4252 §7).
    package func accepts(user: String, key: SSHPublicKey, timeout: Duration = .seconds(10)) async throws -> Bool {
        deadline = .now + timeout
        let signer = Signer(blob: key.blob, sign: nil)
        _ = try await offer(signer, user)
        return signer.wasAsked
    }

    /// The code of libssh2: 0, or that the server refused the key.
    private func offer(_ signer: Signer, _ user: String) async throws -> Int32 {
        let context = UnsafeMutablePointer<UnsafeMutableRawPointer?>.allocate(capacity: 1)
        context.initialize(to: Unmanaged.passUnretained(signer).toOpaque())
        defer { context.deallocate() }
        let blob = signer.blob
        let code = try await attempt("log in") { session in
            blob.withUnsafeBufferPointer { bytes in
                libssh2_userauth_publickey(session, user, bytes.baseAddress, bytes.count, signForLibSSH2, context)
            }
        }
        withExtendedLifetime(signer) {}
        let refusals = [
            LIBSSH2_ERROR_AUTHENTICATION_FAILED, LIBSSH2_ERROR_PUBLICKEY_UNVERIFIED,
            LIBSSH2_ERROR_PUBLICKEY_UNRECOGNIZED,
        ]
        if code == 0 || refusals.contains(code) || signer.wasAsked { return code }
        throw failure("log in", code)
    }

    /// Ends the connection; nothing happens if it is ended.
    package func close() async {
        guard let session else { return }
        terminal = nil
        socket.nudge()
        self.session = nil
        free(session)
    }

    private func free(_ session: OpaquePointer) {
        // Nobody waits for an answer to the farewell. An sshd that gets none thinks of a lost connection and puts its whole
        // house in order before it ends, which takes it 1.5 ms.
        if libssh2_userauth_authenticated(session) != 0 {
            _ = libssh2_session_disconnect_ex(session, SSH_DISCONNECT_BY_APPLICATION, "done", "")
        }
        // Nothing more may go out or come in: freeing must not wait.
        shutdown(socket.fd, Int32(SHUT_RDWR))
        var patience = 100
        while libssh2_session_free(session) == LIBSSH2_ERROR_EAGAIN && patience > 0 { patience -= 1 }
    }

    // MARK: libssh2, which says EAGAIN until the socket is ready

    func call(_ what: String, _ body: (OpaquePointer) -> Int32) async throws {
        let code = try await attempt(what, body)
        if code < 0 { throw failure(what, code) }
    }

    func attempt(_ what: String, _ body: (OpaquePointer) -> Int32) async throws -> Int32 {
        while true {
            guard let session else { throw SloopError(.unreachable, "the connection to \(endpoint.name) is closed") }
            let code = body(session)
            guard code == LIBSSH2_ERROR_EAGAIN else { return code }
            try await wait()
        }
    }

    /// Waits until libssh2 can go on.
    func wait() async throws {
        let directions = libssh2_session_block_directions(session)
        var events: UInt32 = 0
        if directions & LIBSSH2_SESSION_BLOCK_OUTBOUND != 0 { events |= EPOLLOUT.rawValue }
        if directions & LIBSSH2_SESSION_BLOCK_INBOUND != 0 || events == 0 { events |= EPOLLIN.rawValue }
        try await socket.wait(events, until: deadline)
    }

    /// Waits for the socket whatever libssh2 says: it may have nothing to say while it has nothing to do.
    func wait(for events: UInt32) async throws { try await socket.wait(events, until: deadline) }

    /// The same, but gives false when the time is over.
    func isReady(for events: UInt32, by time: ContinuousClock.Instant) async throws -> Bool {
        try await socket.isReady(events, by: time)
    }

    /// Has whoever waits for the socket look again.
    package func nudge() { socket.nudge() }

    func failure(_ what: String, _ code: Int32) -> SloopError {
        var text: UnsafeMutablePointer<CChar>?
        libssh2_session_last_error(session, &text, nil, 0)
        let said = text.map { String(cString: $0).lowercased() } ?? ""
        return SloopError(
            .unreachable,
            "\(endpoint.name): could not \(what): \(said.isEmpty ? "connection lost" : said) (libssh2 \(code))",
            tip: "see whether sshd runs there, and try again")
    }
}

extension SSHEndpoint {
    var name: String { "\(address) port \(port)" }
}
