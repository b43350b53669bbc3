import Foundation
import Testing

/// Numbers that follow from a seed, so that a run that failed can be had again, as far as real processes keep time.
struct Dice {
    private var state: UInt64

    init(_ seed: UInt64) { state = seed }

    mutating func roll(_ sides: Int) -> Int {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return Int((state >> 33) % UInt64(sides))
    }
}

/// A server that is killed again and again in the middle of whatever it does, with the machines that it has.
final class KillRun {
    /// Operations must be over so soon after a restart: the rhythm of reconciliation, and what the slowest one takes.
    static let patience = 5.0 + 25
    let daemon: Daemon
    let engine: String
    let seed: UInt64
    private var dice: Dice
    /// Where the private key is that users have, and the one that they saved for a rotation which may have been accepted.
    private(set) var key: String
    private(set) var next: String?
    private var count = 0
    private(set) var kills = 0
    private let begin = Date()
    private(set) var slowest = 0.0
    /// Processes of sshd that were killed.
    var killed = 0

    /// The number of runs that the environment asks for, and the seed.
    static func runs(_ usual: Int) -> Int { number("RUNS") ?? usual }
    private static var isLong: Bool { number("RUNS") != nil || number("ROTATIONS") != nil }
    static func number(_ name: String) -> Int? { ProcessInfo.processInfo.environment[name].flatMap { Int($0) } }

    init(engine: String) throws {
        self.engine = engine
        seed = UInt64(KillRun.number("KILL_SEED") ?? 1)
        dice = Dice(seed)
        daemon = try Daemon(engine: engine)
        key = daemon.folder.appending(path: "key-0.pem").path
        try #require(try daemon.sloop("key", "create", "laptop", "--save", key).code == 0)
    }

    func roll(_ sides: Int) -> Int { dice.roll(sides) }

    var comment: Comment { "kill \(kills) of seed \(seed), engine \(engine)" }

    /// Begins the call beside, kills the server within so many milliseconds, and sees that all is well afterwards.
    func kill(within milliseconds: Int, during words: [String]) throws {
        try strike(within: milliseconds, during: words) { daemon.end(SIGKILL) }
    }

    /// The same of whatever is struck, also once the call was answered. A server that is dead then is started again.
    func strike(
        within milliseconds: Int, during words: [String], isAnswered: Bool = false, _ blow: () throws -> Void
    ) throws {
        kills += 1
        let call = Thread { [daemon] in
            _ = try? Daemon.run(
                Daemon.program, words, ["SLOOP_SOCKET": daemon.socket, "NO_COLOR": "1"], in: daemon.folder)
        }
        call.start()
        while isAnswered && !call.isFinished { usleep(1000) }
        usleep(useconds_t(dice.roll(milliseconds) * 1000))
        try blow()
        try nobodyIsLockedOut()
        if daemon.pid == 0 { try daemon.start() }
        let start = Date()
        while !call.isFinished { usleep(2000) }
        try settle(since: start)
        slowest = max(slowest, Date().timeIntervalSince(start))
        if KillRun.isLong && kills % 10 == 0 {
            say("\(kills) kills in \(Int(Date().timeIntervalSince(begin))) s, recovered within \(Int(slowest + 1)) s")
        }
    }

    /// Operations that may fail because of what is struck, since they are begun anew.
    var mayFail: Set<String> = []

    /// Waits until nothing is at work and no rotation is open but on instances that are stopped.
    func settle(since start: Date) throws {
        while true {
            let operations = try daemon.settled(within: 60)
            for one in operations where one["status"] as? String != "Succeeded" {
                if mayFail.contains(one["kind"] as? String ?? "") { continue }
                Issue.record("\(comment): \(one)")
            }
            let waiting = try daemon.list("key", "list").flatMap { $0["pending"] as? [[String: Any]] ?? [] }
            let stopped = try instances().filter { $0.state != "running" }.map(\.name)
            if waiting.allSatisfy({ stopped.contains($0["instance"] as? String ?? "") }) { return }
            try #require(Date().timeIntervalSince(start) < KillRun.patience, "\(comment): \(waiting)")
            usleep(50_000)
        }
    }

    struct Machine {
        let name: String
        let state: String
        let address: String
        let port: Int
    }

    func instances() throws -> [Machine] {
        try daemon.list("instance", "list").map { row in
            Machine(
                name: row["name"] as? String ?? "", state: row["state"] as? String ?? "",
                address: row["publicAddress"] as? String ?? "", port: row["port"] as? Int ?? 22)
        }
    }

    /// The machines that ran when they were looked at last, and whether plain ssh gets into each of them by a key that was saved.
    var running: [Machine] = []

    private func nobodyIsLockedOut() throws {
        for machine in running {
            // One that reboots may come up between the two looks.
            var isLockedOut = true
            for _ in 0..<3 where isLockedOut {
                let isIn = try opens(machine, key) || (next.map { try opens(machine, $0) } ?? false)
                isLockedOut = try !isIn && isUp(machine)
            }
            #expect(!isLockedOut, "\(comment): locked out of \(machine.name)")
        }
    }

    private func opens(_ machine: Machine, _ key: String) throws -> Bool {
        guard FileManager.default.fileExists(atPath: key) else { return false }
        return try daemon.opens(machine.address, machine.port, key: key)
    }

    /// Whether something answers as sshd does.
    func isUp(_ machine: Machine) throws -> Bool {
        let text = try Daemon.run(
            "/usr/bin/ssh-keyscan", ["-T", "2", "-t", "ed25519", "-p", "\(machine.port)", machine.address], [:],
            in: daemon.folder)
        return text.out.contains("ssh-ed25519")
    }

    /// The command line of a rotation of the users' key; its new key is saved before anything is changed.
    func rotation() -> [String] {
        count += 1
        let file = daemon.folder.appending(path: "key-\(count).pem").path
        next = file
        return ["key", "rotate", "laptop", "--save", file, "--no-wait"]
    }

    /// Sees which key opens the running machines, which must be one and the same; it is the users' from now on.
    func checkKeys() throws {
        running = try instances().filter { $0.state == "running" }
        for machine in running {
            if let next, try opens(machine, next) {
                #expect(try !opens(machine, key), "\(comment): the old key still opens \(machine.name)")
                key = next
                self.next = nil
            } else {
                #expect(try opens(machine, key), "\(comment): locked out of \(machine.name)")
            }
            let name = try daemon.sloop("ssh", machine.name, "--", "hostname").out
            #expect(name == "\(machine.name)\n", "\(comment): sloop does not get into \(machine.name)")
        }
        if !running.isEmpty { next = nil }
    }
}

/// Prints a line at once, also into a pipe.
func say(_ line: String) { FileHandle.standardOutput.write(Data((line + "\n").utf8)) }
