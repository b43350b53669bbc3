import Foundation
import SloopEngine
import SloopModel
import SloopSSH

/// What a machine made for itself at its first boot, as it was read from the machine. Never kept.
package struct MachineSecret: Sendable, Equatable {
    package let name: String
    package let value: String

    /// The exit code that says that there may be some in a moment.
    fileprivate static let notYet = 75

    /// A machine without a script for its first boot has nothing to wait for.
    fileprivate static let command = """
        file=\(MachinePaths.secrets) done=\(MachinePaths.firstBootDone) script=\(MachinePaths.firstBoot)
        sudo -n true || exit 1
        if sudo -n test -e $file; then exec sudo -n cat $file; fi
        if [ -e $script ] && ! sudo -n test -e $done; then exit \(notYet); fi
        """

    /// The lines `name=value` of the machine's file.
    static func parse(_ text: String) -> [MachineSecret] {
        text.split(whereSeparator: \.isNewline).compactMap { line in
            guard let middle = line.firstIndex(of: "="), middle > line.startIndex else { return nil }
            return MachineSecret(name: String(line[..<middle]), value: String(line[line.index(after: middle)...]))
        }
    }
}

extension InstanceService {
    /// The passwords that a running machine made for itself; none on an engine whose machines have no first boot.
    package func secrets(_ name: String) async throws -> [MachineSecret] {
        let instance = try await find(name).instance
        guard world.engine.offersMachines else { return [] }
        guard instance.state == .running else {
            throw SloopError(
                .wrongState, "the instance '\(name)' is \(instance.state.rawValue), and its secrets are in it",
                tip: "sloop instance start \(name)")
        }
        let result = try await world.machines.withSession(instance) { session in
            try await session.run(MachineSecret.command, timeout: .seconds(20))
        }
        guard result.exitCode != MachineSecret.notYet else {
            throw SloopError(
                .wrongState, "the first boot of '\(name)' is not done yet",
                tip: "try again in a moment; what it does: sloop instance console \(name)")
        }
        guard result.exitCode == 0 else {
            throw SloopError(
                .operationFailed,
                "the secrets of '\(name)' cannot be read: "
                    + String(decoding: result.stderr, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines),
                tip: "see whether \(instance.username) may use sudo in it: sloop ssh \(name)")
        }
        return MachineSecret.parse(result.stdoutText)
    }
}
