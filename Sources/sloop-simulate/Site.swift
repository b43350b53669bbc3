import SloopEngine
import SloopModel

/// What there is besides servers: machines and what belongs to them, on an engine like Incus. It outlives every server.
final class Site: @unchecked Sendable {
    let loop: Loop
    let trace: Trace
    let random: SeededRandom
    var machines: [InstanceID: Machine] = [:]
    var volumes: [VolumeID: MachineVolume] = [:]
    /// The user's keys in each.
    var snapshots: [SnapshotID: [String]] = [:]
    var images: [MachineImage.Key: MachineImage] = [:]
    /// What the DNS server answers by, by name.
    var zones: [String: DNSZone] = [:]
    /// How machines are reached from outside, by address.
    var network: [String: PublicAccess] = [:]
    /// The true course of every launch script that was ever begun, also in machines that are gone.
    var launches: [LaunchID: Launch] = [:]
    var faults = Faults()
    /// Called after anything changed, with the machine that did.
    var didChange: (Machine?) -> Void = { _ in }
    /// Called when something was done that must never be.
    var isViolated: (String) -> Void = { _ in }

    /// How often things go wrong, as probabilities.
    struct Faults {
        var engine = 0.0
        var ssh = 0.0
        /// That a machine that is started never answers.
        var hang = 0.0
        /// Milliseconds that a call takes.
        var latency = 1...20
        /// Milliseconds that a machine takes until its sshd answers.
        var boot = 50...1500
    }

    init(_ loop: Loop, _ trace: Trace, seed: UInt64) {
        self.loop = loop
        self.trace = trace
        random = SeededRandom(seed, "site")
    }

    /// How many requests servers made, and one of them that fails.
    private(set) var requests = 0
    var failing: (request: Int, mishap: Mishap)?

    /// What may become of a request that fails.
    enum Mishap: CaseIterable {
        case refused
        /// It was done, and that was not heard.
        case answerLost
        /// It is done after it was given up.
        case late
    }

    /// What becomes of the next request; nil if it is done and answered.
    func mishap(_ rate: Double, _ kinds: [Mishap]) -> Mishap? {
        requests += 1
        if let failing { return failing.request == requests ? failing.mishap : nil }
        return random.chance(rate) ? random.pick(kinds) : nil
    }

    /// In an order that is the same in each run.
    var all: [Machine] { machines.values.sorted { $0.spec.id.value < $1.spec.id.value } }

    func machine(_ id: InstanceID) throws -> Machine {
        if let machine = machines[id] { return machine }
        throw SloopError(.notFound, "there is no machine \(id)")
    }

    func machine(at address: String) -> Machine? { all.first { $0.spec.place.address == address } }

    func boot(_ machine: Machine) {
        let isHanging = random.chance(faults.hang)
        machine.start(
            at: loop.time, sshdUpAt: loop.time + (isHanging ? .seconds(100_000) : random.milliseconds(faults.boot)))
    }

    func remove(_ id: InstanceID) {
        machines[id]?.stop(at: loop.time)
        machines[id] = nil
        for (volume, one) in volumes where one.machine == id { volumes[volume]?.machine = nil }
    }

    /// Starts the script by its wrapper, which may be slow, in this boot of the machine, unless somebody has claimed it.
    func begin(_ run: LaunchID, in machine: Machine) {
        let (boot, isSlow) = (machine.boot, random.chance(faults.ssh))
        let wrapper: @Sendable () -> Void = { [self, weak machine] in
            guard let machine, machine.isRunning, machine.boot == boot, machine.claims.insert(run).inserted else {
                return
            }
            let launch = Launch(
                begin: loop.time, lasting: random.milliseconds(0...20_000), exit: random.pick([0, 0, 1, 3, 127, 137]),
                lines: random.below(200))
            if launches.updateValue(launch, forKey: run) != nil { isViolated("the launch script \(run) is run twice") }
            machine.launches[run] = launch
            trace.note("script \(run) begins")
        }
        if isSlow { loop.after(random.milliseconds(1...20_000), wrapper) } else { wrapper() }
    }
}
