import SloopEngine
import SloopModel
import SloopSSH

/// A model of a machine: what of it Sloop can see or change.
final class Machine: @unchecked Sendable {
    /// What may stand in the way of a change in it.
    enum Obstacle: CaseIterable {
        case diskFull, readOnly, sshdDown
        /// The home or a file has an owner or mode with which sshd takes none of the user's keys.
        case wrongMode
    }

    let spec: MachineSpec
    var isRunning = false
    /// Which boot it is; what ran before is gone with the one before.
    private(set) var boot = 0
    private(set) var bootedAt = Duration.zero
    private(set) var sshdIsUpAt = Duration.zero
    /// Lines of the user's own file, and of the one with Sloop's key.
    var userKeys: [String]
    var accessKeys: [String]
    /// What sshd reads in place of the user's file, if somebody told it to.
    var otherKeys: [String]?
    /// What sshd takes and nothing else, if somebody told it to refuse others: other kinds of keys, or all that are newer.
    var takesOnly: Set<String>?
    var obstacles: Set<Obstacle> = []
    /// The runs of launch scripts that somebody claimed, and those that were begun.
    var claims: Set<LaunchID> = []
    var launches: [LaunchID: Launch] = [:]
    /// Connections that were made before were cut.
    var cuts = 0

    init(_ spec: MachineSpec, userKeys: [String]? = nil) {
        self.spec = spec
        self.userKeys = userKeys ?? spec.authorizedKeys
        accessKeys = spec.accessKeys
    }

    func start(at time: Duration, sshdUpAt: Duration) {
        guard !isRunning else { return }
        isRunning = true
        boot += 1
        bootedAt = time
        sshdIsUpAt = sshdUpAt
    }

    func stop(at time: Duration) {
        isRunning = false
        for launch in launches.values where launch.end > time && launch.cutOffAt == nil { launch.cutOffAt = time }
    }

    func answers(at time: Duration) -> Bool { isRunning && time >= sshdIsUpAt && !obstacles.contains(.sshdDown) }

    /// How much of its processors it uses, and how many bytes a second come to it; as many go from it.
    var load: Double { Double(spec.place.address.utf8.reduce(0) { $0 + Int($1) } % 90 + 5) / 100 }
    static let bytesPerSecond = 1000.0

    /// What it has used since it was started.
    func usage(at time: Duration) -> MachineUsage {
        let seconds = (time - bootedAt) / .seconds(1)
        let bytes = Int(Machine.bytesPerSecond * seconds)
        return MachineUsage(
            cpuNanoseconds: Int(load * Double(spec.vcpus) * seconds * 1e9), processors: spec.vcpus,
            memoryBytes: 1 << 20, bytesIn: bytes, bytesOut: bytes)
    }

    /// The user's lines that sshd goes by, and Sloop's.
    var readKeys: [String] { taken(otherKeys ?? userKeys) }
    var readAccessKeys: [String] { taken(accessKeys) }

    private func taken(_ lines: [String]) -> [String] {
        takesOnly.map { taken in lines.filter { taken.contains($0) } } ?? lines
    }

    func accepts(_ key: SSHPublicKey) -> Bool {
        readAccessKeys.has(key) || (readKeys.has(key) && !obstacles.contains(.wrongMode))
    }

    /// Edits a file as the shell program of ``AuthorizedKeysFile`` does it.
    func edit(_ file: AuthorizedKeysFile, _ change: (inout [String]) throws -> Void) throws {
        guard !obstacles.contains(.diskFull), !obstacles.contains(.readOnly) else {
            throw SloopError(.operationFailed, "\(file.path) cannot be changed: no space left, or read-only")
        }
        if file.isUsers { try change(&userKeys) } else { try change(&accessKeys) }
    }

    func lines(_ file: AuthorizedKeysFile) -> [String] { file.isUsers ? userKeys : accessKeys }
}

/// A launch script's run in a machine, and the truth of it.
final class Launch: @unchecked Sendable {
    let begin: Duration
    let end: Duration
    let exit: Int
    let output: [UInt8]
    /// When the machine went down under it.
    var cutOffAt: Duration?

    init(begin: Duration, lasting: Duration, exit: Int, lines: Int) {
        self.begin = begin
        self.end = begin + lasting
        self.exit = exit
        output = (0..<lines).flatMap { Array("line \($0)\n".utf8) }
    }

    /// What it has written by then: evenly over its time.
    func written(at time: Duration) -> ArraySlice<UInt8> {
        let time = min(time, cutOffAt ?? time)
        guard time < end else { return output[...] }
        let share = max(0, (time - begin) / (end - begin))
        return output.prefix(Int(Double(output.count) * share))
    }
}

extension AuthorizedKeysFile {
    var isUsers: Bool { path != MachinePaths.accessKeys }
}

extension [String] {
    func has(_ key: SSHPublicKey) -> Bool {
        let line = key.bareLine
        return contains { $0.hasPrefix(line) }
    }
}
