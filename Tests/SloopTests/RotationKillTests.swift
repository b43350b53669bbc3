import Foundation
import Testing

/// Rotations of real sshds' keys, in which sshd, its connections and the server are killed: `make kill-test ROTATIONS=200`.
@Suite(.serialized, .needsSandbox) struct RotationKillTests {
    private static let names = ["one", "two", "three", "four"]
    private enum Victim: CaseIterable { case server, connections, sshd, connectionsAndServer, sshdAndServer }

    @Test func rotationsEndAndLockNobodyOutHoweverSSHDItsConnectionsAndTheServerAreKilled() throws {
        let run = try KillRun(engine: "local")
        run.mayFail = ["rotate-instance-key"]
        for name in RotationKillTests.names { try run.make(name) }
        let count = RotationKillTests.names.count
        let rounds = ((KillRun.number("ROTATIONS") ?? 20) + count - 1) / count
        for round in 0..<rounds {
            try run.bringUp()
            try run.checkKeys()
            let victim = Victim.allCases[round % Victim.allCases.count]
            try run.strike(within: 300, during: run.rotation(), isAnswered: round % 4 != 0) {
                switch victim {
                case .server: break
                case .connections, .connectionsAndServer: try run.killSSHD(onlyConnections: true)
                case .sshd, .sshdAndServer: try run.killSSHD(onlyConnections: false)
                }
                if ![.connections, .sshd].contains(victim) { run.daemon.end(SIGKILL) }
                try run.everyFileHasAKeyThatWeHold()
            }
        }
        try run.bringUp()
        try run.checkKeys()
        for name in RotationKillTests.names {
            let file = try run.daemon.sloop("ssh", name, "--", "cat .ssh/authorized_keys").out
            #expect(try file.split(separator: "\n").map(run.material) == [run.publicKey(run.key)])
        }
        #expect(run.kills == rounds && (rounds < 5 || run.killed > 0))
        say("\(rounds * count) rotations, \(run.killed) processes of sshd killed, seed \(run.seed)")
        try run.end()
    }
}

extension KillRun {
    /// Starts what stopped because its sshd was killed, and waits until all machines answer.
    func bringUp() throws {
        let end = Date().addingTimeInterval(60)
        while true {
            let all = try instances()
            if try all.allSatisfy({ try $0.state == "running" && isUp($0) }) { return try settle(since: Date()) }
            try #require(Date() < end, "\(comment): \(all) do not run")
            for one in all where one.state == "stopped" { try daemon.sloop("instance", "start", one.name) }
            usleep(50_000)
        }
    }

    /// Ends what serves connections of all machines by kill -9; or the sshd of two of them, and the machines with it.
    func killSSHD(onlyConnections: Bool) throws {
        let all = try daemon.machines().sorted()
        let first = roll(all.count)
        let processes = try Processes()
        for id in onlyConnections ? all : [all[first], all[(first + 1) % all.count]] {
            let roots = processes.holders(of: "\(daemon.state)/machines/\(id)/lock")
            for pid in processes.below(roots) where processes.isSSHD(pid, onlyConnections) {
                if Foundation.kill(pid, SIGKILL) == 0 { killed += 1 }
            }
        }
    }

    /// Of each machine the file of its user, also while no sshd reads it: some key that we hold is there.
    func everyFileHasAKeyThatWeHold() throws {
        let held = try [key, next].compactMap { $0 }.filter(FileManager.default.fileExists).map(publicKey)
        for id in try daemon.machines() {
            let path = "\(daemon.state)/machines/\(id)/home/.ssh/authorized_keys"
            let lines = try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n").map(material)
            #expect(!held.filter(lines.contains).isEmpty, "\(comment): locked out of \(id): \(lines)")
        }
    }

    func publicKey(_ file: String) throws -> String {
        let run = try Daemon.run("/usr/bin/ssh-keygen", ["-y", "-f", file], [:], in: daemon.folder)
        return material(run.out[...])
    }

    /// A key without its comment.
    func material(_ line: Substring) -> String { line.split(separator: " ").prefix(2).joined(separator: " ") }
}
