import Foundation
import Logging
import SloopModel
import SloopStore

/// Tells people of alarms, by a program that the server's owner chose: it gets one line of JSON and sends it on, as mail
/// with msmtp, say, or to a web hook with curl.
struct Notifier: Sendable {
    /// Nil if nobody can be told.
    let program: String?
    let logger: Logger

    /// How long the program may take.
    static let patience = Duration.seconds(30)

    private struct Notice: Encodable {
        let `protocol`: String
        let to: String
        let account: String
        let subject: String
        let text: String
    }

    /// Tells those whom the alarm names, if its new state is one that it tells of. A failure is logged and not repeated.
    func tell(_ alarm: Alarm, in world: World) async {
        guard alarm.isNotifying, alarm.triggers.contains(alarm.state), program != nil else { return }
        guard
            let (methods, instance) = try? await world.store.read({ tables in
                (try tables.contactMethods(of: alarm.account), try tables.find(alarm.instance)?.name ?? "?")
            })
        else { return }
        for method in methods where alarm.contactProtocols.contains(method.protocol) {
            await tell(
                method, subject: "\(alarm.state.rawValue): \(alarm.name)",
                text: "The alarm '\(alarm.name)' on the instance '\(instance)' is \(alarm.state.rawValue): "
                    + "\(alarm.metric.rawValue) \(alarm.comparison.rawValue) \(alarm.threshold), "
                    + "\(alarm.datapointsToAlarm) of \(alarm.evaluationPeriods) periods of 5 minutes.")
        }
    }

    /// Sends one notice; returns whether the program took it.
    @discardableResult
    func tell(_ method: ContactMethod, subject: String, text: String) async -> Bool {
        guard let program else { return false }
        let notice = Notice(
            protocol: method.protocol, to: method.endpoint, account: method.account.name, subject: subject, text: text)
        do {
            let line = try JSONEncoder().encode(notice) + Data("\n".utf8)
            let code = try await ProgramRun.run(program, stdin: line, timeout: Notifier.patience)
            if code == 0 { return true }
            logger.error("the program for notices failed", metadata: ["program": "\(program)", "exit": "\(code)"])
        } catch {
            logger.error("the program for notices failed", metadata: ["program": "\(program)", "error": "\(error)"])
        }
        return false
    }
}

/// Runs a program to its end, with a limit of time.
enum ProgramRun {
    static func run(_ path: String, stdin: Data, timeout: Duration) async throws -> Int32 {
        let process = Process()
        process.executableURL = URL(filePath: path)
        let pipe = Pipe()
        process.standardInput = pipe
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        let (ends, end) = AsyncStream.makeStream(of: Int32.self)
        process.terminationHandler = { process in
            end.yield(process.terminationStatus)
            end.finish()
        }
        try process.run()
        // Less than a pipe holds, so that this never waits; a program that reads nothing must not end the server.
        signal(SIGPIPE, SIG_IGN)
        try? pipe.fileHandleForWriting.write(contentsOf: stdin)
        try? pipe.fileHandleForWriting.close()
        let watch = Task {
            try await Task.sleep(for: timeout)
            process.terminate()
        }
        defer { watch.cancel() }
        for await code in ends { return code }
        throw CancellationError()
    }
}
