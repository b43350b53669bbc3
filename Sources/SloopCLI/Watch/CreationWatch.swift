import Foundation
import LightsailAPI
import SloopModel

/// Follows the creation of an instance through its phases: accepted, running, ssh, script.
///
/// The times are those that the server recorded, so that a slow terminal or a lost connection does not change them.
struct CreationWatch {
    let api: APIClient
    let name: String
    /// Whether standard output is left alone; the script's output then goes to standard error.
    let isQuiet: Bool

    /// Waits until the instance and its launch script are done; throws if the operation failed.
    func run(operation id: String) async throws -> SloopAPI.InstanceDetails {
        let line = LiveLine()
        defer { line.clear() }
        var phases = PhaseReport(name: name)
        var hasLog = false
        var phase: String?
        var seconds = 0
        while true {
            let operation = try await api.operation(id, knownPhase: phase, waitSeconds: seconds)
            phase = operation.phase
            seconds = APIClient.holdSeconds
            phases.accepted(operation.createdAt)
            let details = try await details()
            if let details { phases.update(details) }
            if !operation.isOver { phases.show(on: line, next: operation.phase) }
            if !hasLog, let details, details.reachableAt != nil, let launch = details.launch {
                // Before the script's first line, and not after its last.
                phases.show(on: line, next: "script")
                line.clear()
                hasLog = try await follow(launch.runId)
            }
            guard operation.isOver else { continue }
            try operation.check()
            let done = try await api.instance(name)
            phases.update(done)
            phases.show(on: line, next: nil)
            return done
        }
    }

    /// The instance as it is; nil while there is none, or none any more because its creation is being undone.
    private func details() async throws -> SloopAPI.InstanceDetails? {
        do {
            return try await api.patientCall(SloopAPI.GetInstanceDetails.self, .init(instanceName: name)).instance
        } catch let error as SloopError where error.code == .notFound {
            return nil
        }
    }

    /// Shows the script's output until it has ended; false if there is no log, because the creation is being undone.
    private func follow(_ run: String) async throws -> Bool {
        do {
            let output = QuotedOutput(isQuiet: isQuiet)
            defer { output.end() }
            _ = try await LaunchLog(api: api, instance: name, run: run).follow { output.write($0) }
            return true
        } catch let error as SloopError where error.code == .notFound {
            return false
        }
    }
}

/// The phases that an instance has reached, and when.
struct PhaseReport {
    private struct Phase {
        var text: String
        var isSaid = false
    }

    let name: String
    private var start: Date?
    private var phases: [Phase] = []
    private var reached: Set<String> = []

    init(name: String) { self.name = name }

    mutating func accepted(_ date: Date) {
        guard start == nil else { return }
        start = date
        phases.append(Phase(text: "accepted"))
    }

    mutating func update(_ details: SloopAPI.InstanceDetails) {
        add("running", details.runningAt)
        add("ssh", details.reachableAt)
        if let launch = details.launch, launch.isOver { add("script \(launch.result)", launch.endedAt) }
    }

    private mutating func add(_ phase: String, _ date: Date?) {
        guard let date, let start, reached.insert(phase).inserted else { return }
        phases.append(Phase(text: "\(phase) \(Time.span(from: start, to: date))"))
    }

    /// On a terminal one line that grows; elsewhere a line for each phase, once.
    mutating func show(on line: LiveLine, next: String?) {
        let all = phases.map(\.text) + (next.map { ["\($0) …"] } ?? [])
        line.show("\(name): \(all.joined(separator: " · "))")
        guard !Terminal.current.errorIsTTY else {
            if next == nil { line.settle() }
            return
        }
        for index in phases.indices where !phases[index].isSaid {
            Terminal.current.note("\(name): \(phases[index].text)")
            phases[index].isSaid = true
        }
    }
}
