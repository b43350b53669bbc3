import Foundation
import SloopModel

extension BurninMachine {
    /// The way of a machine, in order; it ends with its deletion.
    static let steps = [
        Step(name: "create") { machine in
            try await machine.sloop("key", "create", machine.key, "--save", machine.file("pem"))
            let script = try machine.write("echo \"launched $SLOOP_INSTANCE\"\necho kept > ~/kept\n", to: "sh")
            try await machine.sloop(
                "instance", "create", machine.name, "--blueprint", machine.blueprint, "--plan", machine.plan,
                "--key", machine.key, "--script", script)
        },
        Step(name: "ssh") { machine in
            try machine.expect("its name", try await machine.shell("hostname"), machine.name + "\n")
            guard try await machine.opens(machine.file("pem")) else {
                throw SloopError(.operationFailed, "plain ssh is refused with the key pair's own key")
            }
        },
        Step(name: "script") { machine in
            let log = try await machine.sloop("instance", "logs", machine.name)
            try machine.expect("the script's output", log, "launched \(machine.name)\n")
            let script = try machine.write("echo again; false; exit 7\n", to: "again.sh")
            try await machine.sloop(
                "instance", "rerun", machine.name, "--script", script, code: ExitStatus.launchFailed.rawValue)
            let launch = try await machine.show()["launch"] as? [String: Any]
            try machine.expect("the exit code", "\(launch?["exitCode"] ?? "-")", "7")
        },
        Step(name: "stop, start") { machine in
            _ = try await machine.shell("echo here > here")
            try await machine.sloop("instance", "stop", machine.name)
            try machine.expect("its state", "\(try await machine.show()["state"] ?? "-")", "stopped")
            try await machine.sloop("instance", "start", machine.name)
            try machine.expect("its file", try await machine.shell("cat here"), "here\n")
        },
        Step(name: "reboot") { machine in
            let before = try await machine.bootTime()
            try await machine.sloop("instance", "reboot", machine.name)
            guard try await machine.bootTime() != before else {
                throw SloopError(.operationFailed, "its first process is the one from before the reboot")
            }
        },
        Step(name: "snapshot", needsMachines: true) { machine in
            try await machine.sloop("snapshot", "create", "\(machine.name)-then", "--instance", machine.name)
            _ = try await machine.shell("echo later > here")
        },
        Step(name: "restore", needsMachines: true) { machine in
            let copy = "\(machine.name)-copy"
            try await machine.sloop("snapshot", "restore", "\(machine.name)-then", copy)
            try machine.expect(
                "the copy's file", try await machine.shell("cat here; hostname", on: copy), "here\n\(copy)\n")
            guard try await machine.opens(machine.file("pem"), copy) else {
                throw SloopError(.operationFailed, "plain ssh to the copy is refused")
            }
        },
        Step(name: "ports", needsMachines: true) { machine in
            guard let address = try await machine.show()["publicAddress"] as? String else { return }
            try await machine.sloop("port", "close", machine.name, "22")
            guard try await !machine.answers(address) else {
                throw SloopError(.operationFailed, "port 22 of \(address) answers after it was closed")
            }
            try await machine.sloop("port", "open", machine.name, "22")
            guard try await machine.answers(address) else {
                throw SloopError(.operationFailed, "port 22 of \(address) does not answer after it was opened")
            }
        },
        Step(name: "static IP", needsMachines: true) { machine in
            let name = "\(machine.name)-address"
            // An account has five at most: who comes later waits until another one's is released.
            var run = try await machine.server.sloop(["address", "allocate", name])
            for _ in 0..<600 where run.code != 0 && run.error.contains("limit of static addresses") {
                try await Task.sleep(for: .milliseconds(500))
                run = try await machine.server.sloop(["address", "allocate", name])
            }
            guard run.code == 0 else { throw SloopError(.operationFailed, run.complaint) }
            try await machine.sloop("address", "attach", name, machine.name)
            let all = try await machine.server.json(["address", "list"]) as? [[String: Any]] ?? []
            let address = all.first { $0["name"] as? String == name }?["ipAddress"] as? String
            try machine.expect("its address", "\(try await machine.show()["publicAddress"] ?? "-")", address ?? "none")
            guard try await machine.opens(machine.file("pem")) else {
                throw SloopError(.operationFailed, "plain ssh is refused at the static address")
            }
            try await machine.sloop("address", "detach", name)
            try await machine.sloop("address", "release", name)
        },
        Step(name: "rotate") { machine in
            try await machine.sloop("key", "rotate", machine.key, "--save", machine.file("new.pem"))
            guard try await machine.opens(machine.file("new.pem")) else {
                throw SloopError(.operationFailed, "the new key is refused")
            }
            guard try await !machine.opens(machine.file("pem")) else {
                throw SloopError(.operationFailed, "the old key is still accepted")
            }
        },
    ]
}
