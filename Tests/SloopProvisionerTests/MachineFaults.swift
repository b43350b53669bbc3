import Foundation
import SloopEngine
import SloopModel
import SloopSSH
import Testing

// What may happen to a machine behind Sloop's back.

extension Rig {
    func path(_ instance: Instance) -> URL { folder.appending(path: "machines/\(instance.id)") }
    func home(_ instance: Instance) -> URL { path(instance).appending(path: "home") }
    func userKeys(_ instance: Instance) -> URL { home(instance).appending(path: ".ssh/authorized_keys") }
    func accessKeys(_ instance: Instance) -> URL { path(instance).appending(path: "sloop/keys/access") }

    /// What its sshd said since it was started.
    func sshdLog(_ instance: Instance) throws -> String {
        try String(contentsOf: path(instance).appending(path: "log"), encoding: .utf8)
    }

    /// Adds a line by hand, as somebody in the machine might; the file's owner stays.
    func append(_ line: String, to file: URL) throws {
        let handle = try FileHandle(forWritingTo: file)
        defer { try? handle.close() }
        try handle.seekToEnd()
        try handle.write(contentsOf: Data((line + "\n").utf8))
    }

    /// Takes every line that contains the text out by hand.
    func take(_ text: String, outOf file: URL) throws {
        let lines = try String(contentsOf: file, encoding: .utf8).split(separator: "\n").filter { !$0.contains(text) }
        let handle = try FileHandle(forWritingTo: file)
        defer { try? handle.close() }
        try handle.truncate(atOffset: 0)
        try handle.write(contentsOf: Data(lines.map { $0 + "\n" }.joined().utf8))
    }

    /// Makes an empty file in the machine's home, for which a script waits.
    func signal(_ name: String, in instance: Instance) throws {
        try Data().write(to: home(instance).appending(path: name))
    }

    /// Stops and starts the machine without Sloop's knowing.
    func restart(_ instance: Instance) async throws {
        try await engine.stop(instance.id)
        try await engine.start(instance.id)
    }

    /// Has the machine's sshd start anew with something else in the place of what its configuration says.
    func configure(_ instance: Instance, _ setting: String, as other: String) async throws {
        let config = path(instance).appending(path: "etc/sshd_config")
        let text = try String(contentsOf: config, encoding: .utf8)
        try #require(text.contains(setting))
        try text.replacing(setting, with: other).write(to: config, atomically: false, encoding: .utf8)
        try await restart(instance)
    }

    /// Ends every connection to the machine but the one that this needs, as a broken network would; what was started
    /// over them goes on. Says how many there were.
    func cutConnections(_ instance: Instance) async throws -> Int {
        let script = """
            listener=$(cat /run/sloop/sshd.pid)
            read -r pid name state monitor rest < /proc/$PPID/stat
            for file in /proc/[0-9]*/stat; do
              read -r pid name state parent rest < "$file" || continue
              case "$name $pid" in
              *" $listener" | *" $PPID" | *" $monitor") ;;
              "(sshd"*) kill -9 "$pid" && echo "$pid" ;;
              esac
            done 2> /dev/null
            """
        return try await shell(instance, script).split(separator: "\n").count
    }

    /// Gives the machine another host key and restarts it.
    func changeHostKey(_ instance: Instance) async throws -> SSHPublicKey {
        let key = SSHPrivateKey.ed25519(comment: "another")
        try await engine.stop(instance.id)
        // In place: the file's owner and mode stay.
        let handle = try FileHandle(forWritingTo: path(instance).appending(path: "etc/host_key"))
        try handle.truncate(atOffset: 0)
        try handle.write(contentsOf: Data(key.openSSH.utf8))
        try handle.close()
        try await engine.start(instance.id)
        return key.publicKey
    }
}
