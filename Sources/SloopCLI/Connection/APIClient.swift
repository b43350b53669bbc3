import Foundation
import LightsailAPI
import NIOCore
import NIOHTTP1
import NIOPosix
import SloopModel

/// The calls of Sloop's API over its Unix socket, one at a time on one connection.
actor APIClient {
    /// Lives as long as the process, and only once a call is made: `--help` starts no thread.
    private static let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
    /// How long the server may take beyond the time that it was asked to wait.
    private static let answerSeconds = 60
    /// For how long calls that change nothing are tried again while the server restarts.
    private static let restartSeconds = 30

    nonisolated let path: String
    private var channel: (any Channel)?

    init(path: String) { self.path = path }

    /// Makes a call. An error of the server's is thrown as the ``SloopModel/SloopError`` that it sent; a server that
    /// is not there, or goes away, as a ``CommandFailure``.
    func call<Call: LightsailOperation>(
        _ call: Call.Type, _ input: Call.Input, waiting seconds: Int = 0
    ) async throws -> Call.Output {
        let body = try WireCoding.encode(input)
        let answer = try await exchange(call.target, body, seconds: seconds)
        let data = Data(answer.body.readableBytesView)
        do {
            if answer.status == 200 { return try WireCoding.decode(Call.Output.self, from: data) }
            throw try WireCoding.decode(LightsailException.self, from: data).sloopError
        } catch let error as LightsailException {
            throw SloopError(
                .unexpected, "\(path) answers \(call.name) with HTTP \(answer.status) in no form of sloop's",
                tip: "is it the socket of this version of sloop?", cause: error)
        }
    }

    /// Makes a call that changes nothing, and makes it again if the server goes away and comes back.
    func patientCall<Call: LightsailOperation>(
        _ operation: Call.Type, _ input: Call.Input, waiting seconds: Int = 0
    ) async throws -> Call.Output {
        let clock = ContinuousClock()
        var lostAt: ContinuousClock.Instant?
        while true {
            do {
                return try await call(operation, input, waiting: seconds)
            } catch let failure as CommandFailure where failure.status == .noServer {
                let since = lostAt ?? clock.now
                if lostAt == nil { Terminal.current.note("sloop does not answer; waiting for it to come back") }
                lostAt = since
                if clock.now - since > .seconds(Self.restartSeconds) { throw failure }
                try await Task.sleep(for: .milliseconds(100))
            }
        }
    }

    /// Throws if no server answers.
    func reach() async throws { _ = try await connected() }

    func close() async {
        try? await channel?.close().get()
        channel = nil
    }

    private func exchange(_ target: String, _ body: Data, seconds: Int) async throws -> Answer {
        let channel = try await connected()
        let answer = channel.eventLoop.makePromise(of: Answer.self)
        let deadline = channel.eventLoop.scheduleTask(in: .seconds(Int64(seconds + Self.answerSeconds))) {
            answer.fail(ChannelError.connectTimeout(.seconds(Int64(seconds + Self.answerSeconds))))
            channel.close(promise: nil)
        }
        defer { deadline.cancel() }
        // A connection that ended since it was looked at has no handler any more that could say so.
        channel.writeAndFlush(PendingCall(target: target, body: ByteBuffer(bytes: body), answer: answer))
            .whenFailure { answer.fail($0) }
        do {
            return try await answer.futureResult.get()
        } catch {
            throw CommandFailure(
                .noServer,
                SloopError(
                    .unreachable, "sloop at \(path) went away during \(target.split(separator: ".").last ?? "a call")",
                    tip: "see 'sloop operation list' for what it did once it is back", cause: error))
        }
    }

    private func connected() async throws -> any Channel {
        if let channel, channel.isActive { return channel }
        do {
            let channel = try await ClientBootstrap(group: Self.group)
                .connectTimeout(.seconds(10))
                .channelInitializer { channel in
                    channel.eventLoop.makeCompletedFuture {
                        try channel.pipeline.syncOperations.addHTTPClientHandlers()
                        try channel.pipeline.syncOperations.addHandler(CallHandler())
                    }
                }
                .connect(unixDomainSocketPath: path).get()
            self.channel = channel
            return channel
        } catch let error as IOError where error.errnoCode == EACCES {
            throw CommandFailure(
                .noServer,
                SloopError(
                    .accessDenied, "you may not use the socket \(path)",
                    tip: "run as the user that runs 'sloop serve', or as root", cause: error))
        } catch {
            throw CommandFailure(
                .noServer,
                SloopError(
                    .unreachable, "no sloop answers at \(path)",
                    tip: "start it with 'sloop serve', or name its socket with --socket", cause: error))
        }
    }
}
