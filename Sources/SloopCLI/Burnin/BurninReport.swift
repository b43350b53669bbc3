import Foundation

/// How a burn-in went.
package struct BurninReport: Encodable, Sendable {
    /// A step of one machine.
    struct Outcome: Sendable {
        let machine: String
        let step: String
        let seconds: Double
        /// Why it failed; nil if it did not.
        let failure: String?
    }

    struct Step: Encodable, Sendable {
        let step: String
        /// How many were to make it, did and failed; the rest were not begun.
        var expected: Int
        var succeeded = 0
        var failed = 0
        var medianSeconds: Double?
        var slowestSeconds: Double?
        fileprivate var times: [Double] = []

        private enum CodingKeys: String, CodingKey {
            case step, expected, succeeded, failed, medianSeconds, slowestSeconds
        }
    }

    struct Failure: Encodable, Sendable {
        let machine: String
        let step: String
        let reason: String
    }

    package let engine: String
    let machines: Int
    let blueprint: String
    let plan: String
    var seconds = 0.0
    var steps: [Step] = []
    var failures: [Failure] = []
    /// What could not be deleted.
    var leftovers: [String] = []
    var wasInterrupted = false

    init(engine: String, machines: Int, blueprint: String, plan: String) {
        (self.engine, self.machines, self.blueprint, self.plan) = (engine, machines, blueprint, plan)
    }

    /// Whether every machine made every step, and nothing is left.
    package var isGood: Bool {
        !wasInterrupted && failures.isEmpty && leftovers.isEmpty && steps.allSatisfy { $0.succeeded == $0.expected }
    }
    /// 0, 1, or 130 if it was told to end and left nothing.
    package var exitCode: Int32 { isGood ? 0 : wasInterrupted && failures.isEmpty && leftovers.isEmpty ? 130 : 1 }

    mutating func expect(_ names: [String], _ machines: Int) {
        steps += (names + ["delete"]).map { Step(step: $0, expected: machines) }
    }

    /// A step that is made once.
    mutating func note(_ step: String, of what: String, _ time: Duration, _ failure: String?) {
        steps.append(Step(step: step, expected: 1))
        take([Outcome(machine: what, step: step, seconds: time.seconds, failure: failure)])
    }

    mutating func take(_ outcomes: [Outcome]) {
        for outcome in outcomes {
            guard let index = steps.firstIndex(where: { $0.step == outcome.step }) else { continue }
            if let reason = outcome.failure {
                steps[index].failed += 1
                failures.append(Failure(machine: outcome.machine, step: outcome.step, reason: reason))
            } else {
                steps[index].succeeded += 1
            }
            steps[index].times = (steps[index].times + [outcome.seconds]).sorted()
            steps[index].medianSeconds = steps[index].times[steps[index].times.count / 2]
            steps[index].slowestSeconds = steps[index].times.last
        }
    }

    func text(_ style: Style) -> String {
        var table = Table(["STEP", .number("DONE"), .number("FAILED"), .number("MEDIAN"), .number("SLOWEST")])
        func time(_ seconds: Double?) -> String { seconds.map { String(format: "%.2f s", $0) } ?? "" }
        table.rows = steps.map { step in
            [
                step.step, "\(step.succeeded)/\(step.expected)", "\(step.failed)", time(step.medianSeconds),
                time(step.slowestSeconds),
            ]
        }
        var lines = [table.text(style)]
        lines += failures.sorted { $0.machine < $1.machine }.map {
            style.red("\($0.machine), \($0.step): ") + $0.reason
        }
        lines += leftovers.map { style.red("left: ") + $0 }
        let all = "\(machines) machines of \(blueprint) on \(engine), \(String(format: "%.0f", seconds)) s"
        let verdict =
            isGood ? "every step succeeded" : wasInterrupted ? "it was told to end" : "\(failures.count) steps failed"
        lines.append(style.bold("\(all): \(verdict)\(leftovers.isEmpty ? ", and nothing is left" : "")"))
        return lines.joined(separator: "\n")
    }
}
