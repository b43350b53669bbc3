import ArgumentParser
import Foundation
import Glibc
import LightsailAPI
import SloopModel

struct SSHCommand: Verb {
    static let configuration = CommandConfiguration(
        commandName: "ssh", abstract: "Logs in to an instance, or runs a command on it.",
        discussion: """
            Uses a key and a certificate that are good for a few minutes, and the host key that Sloop has pinned. \
            The exit code is that of ssh.
            """)

    @OptionGroup var instance: InstanceName

    @Argument(parsing: .postTerminator, help: "After '--': the command to run there.")
    var command: [String] = []

    @OptionGroup var connection: ConnectionOptions

    func perform(_ api: APIClient) async throws {
        let terminal = Terminal.current
        guard let ssh = Self.program("ssh", in: terminal.environment["PATH"] ?? "") else {
            throw SloopError(.notOffered, "no 'ssh' on the PATH", tip: "install openssh-client")
        }
        let details = try await api.instance(instance.name)
        let access = try await api.call(
            Lightsail.GetInstanceAccessDetails.self, .init(instanceName: instance.name, protocol: "ssh")
        ).accessDetails
        guard let privateKey = access?.privateKey, let certificate = access?.certKey else {
            throw SloopError(.unexpected, "sloop gave no key for '\(instance.name)'")
        }
        await api.close()
        let folder = try AccessFolder()
        defer { folder.remove() }
        let arguments = [
            "-F", "/dev/null",
            "-i", try folder.write("key", privateKey),
            "-o", "CertificateFile=\(try folder.write("key-cert.pub", certificate))",
            "-o", "UserKnownHostsFile=\(try folder.write("known_hosts", details.knownHostsLine))",
            "-o", "GlobalKnownHostsFile=/dev/null",
            "-o", "StrictHostKeyChecking=yes",
            "-o", "IdentitiesOnly=yes",
            "-o", "PreferredAuthentications=publickey",
            // A machine that goes away under it must not leave it waiting for ever.
            "-o", "ConnectTimeout=30", "-o", "ServerAliveInterval=15", "-o", "ServerAliveCountMax=4",
            "-p", "\(details.port)",
            "-l", access?.username ?? details.username,
            details.publicAddress,
        ]
        let code = try await ChildProcess.run(
            ssh, arguments + (command.isEmpty ? [] : ["--"] + command), environment: terminal.environment)
        guard code == 0 else { throw ExitCode(code) }
    }

    private static func program(_ name: String, in path: String) -> String? {
        path.split(separator: ":").map { "\($0)/\(name)" }.first { access($0, X_OK) == 0 }
    }
}
