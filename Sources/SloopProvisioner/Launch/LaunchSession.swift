import Foundation
package import SloopModel
package import SloopSSH

extension SSHSession {
    /// For how long the shell that runs a script is waited for. Most end sooner, and then it took one command; one that
    /// does not is followed by another.
    private static let linger = Duration.milliseconds(250)

    /// Gives a program of ``LaunchProtocol/start(_:script:in:room:)`` to the shell that is for it, and what the script writes
    /// if it ends soon. Nil if it goes on, or if it was started before: then it is to be followed.
    ///
    /// Throws `operationFailed` if it cannot be started.
    package func launch(
        _ run: LaunchID, by program: String, asRoot: Bool, onOutput: @escaping @Sendable ([UInt8]) async -> Void
    ) async throws -> LaunchProtocol.Outcome? {
        let result = try await self.run(
            LaunchProtocol.shell(run, asRoot: asRoot), stdin: Array(program.utf8), timeout: .seconds(30),
            leavingAfter: SSHSession.linger, onOutput: onOutput)
        guard let result else { return nil }
        let said = String(decoding: result.stderr, as: UTF8.self)
        guard result.exitCode == 0 else {
            throw SloopError(
                .operationFailed,
                "the launch script cannot be started (exit code \(result.exitCode)): "
                    + said.trimmingCharacters(in: .whitespacesAndNewlines))
        }
        return LaunchProtocol.outcome(said)
    }
}
