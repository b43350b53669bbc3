import SloopEngine
import SloopModel
import SloopSSH

/// What happens to machines behind Sloop's back.
struct Unrest {
    let run: Run
    private var site: Site { run.site }
    private var random: SeededRandom { site.random }

    /// What stops nobody for long, of the kinds below.
    static let harmless = [2, 5, 6, 7, 8, 9, 10, 13]

    /// Goes on until the task is cancelled, with pauses of at most so many milliseconds.
    func last(_ pause: Int, only kinds: [Int] = Array(0...13)) async {
        while !Task.isCancelled {
            await run.loop.sleep(random.milliseconds(100...pause))
            if Task.isCancelled { return }
            if random.chance(0.05) {
                run.trace.note("the server is stopped")
                await run.stopGracefully()
            } else if let machine = site.all.randomElement(by: random) {
                happen(to: machine, random.pick(kinds))
            }
        }
    }

    private func happen(to machine: Machine, _ kind: Int) {
        let name = machine.spec.hostName
        func note(_ what: String) { run.trace.note("\(name): \(what)") }
        switch kind {
        case 0:
            note("goes down")
            machine.stop(at: site.loop.time)
        case 1:
            note("is started")
            site.boot(machine)
        case 2, 3:
            note("reboots")
            machine.stop(at: site.loop.time)
            site.boot(machine)
        case 4 where random.chance(0.3):
            note("vanishes")
            site.remove(machine.spec.id)
        case 5...7:
            let obstacle = random.pick(Machine.Obstacle.allCases)
            note("\(obstacle)")
            machine.obstacles.insert(obstacle)
            site.loop.after(random.milliseconds(500...30_000)) { machine.obstacles.remove(obstacle) }
        case 8:
            note("connections are cut")
            machine.cuts += 1
        case 9 where !machine.userKeys.isEmpty:
            note("a friend's key is added")
            machine.userKeys.append("ssh-ed25519 FRIEND\(random.below(1000)) friend")
        case 10 where machine.otherKeys == nil && !machine.userKeys.isEmpty:
            note("sshd reads other keys")
            machine.otherKeys = machine.userKeys
            site.loop.after(random.milliseconds(500...30_000)) { machine.otherKeys = nil }
        case 11 where random.chance(0.2):
            if let volume = site.volumes.keys.sorted(by: { $0.value < $1.value }).randomElement(by: random) {
                note("loses the volume \(volume)")
                site.volumes[volume] = nil
            }
        case 12 where random.chance(0.5):
            if let address = site.network.keys.sorted().randomElement(by: random) {
                note("\(address) is meddled with")
                if random.chance(0.5) { site.network[address] = nil } else { site.network[address]?.rules = [.tcp(81)] }
            }
        case 13 where machine.takesOnly == nil && !machine.readKeys.isEmpty:
            note("sshd takes no new keys")
            machine.takesOnly = Set(machine.readKeys + machine.accessKeys)
            site.loop.after(random.milliseconds(500...30_000)) { machine.takesOnly = nil }
        default: break
        }
        site.didChange(machine)
    }
}

extension Run {
    /// From now on nothing goes wrong any more, and what stood in the way is gone.
    func calm() {
        trace.note("calm")
        site.faults = Site.Faults()
        nextDeath = { nil }
        latest?.eventsLeft = nil
        for machine in site.all {
            machine.obstacles = []
            machine.otherKeys = nil
            machine.takesOnly = nil
            if machine.isRunning && !machine.answers(at: loop.time) {
                machine.stop(at: loop.time)
                site.boot(machine)
            }
        }
    }
}

extension Array {
    func randomElement(by random: SeededRandom) -> Element? { isEmpty ? nil : random.pick(self) }
}
