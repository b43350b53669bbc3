import Foundation
import Logging
import SloopEngine
import SloopModel
import SloopStore
import Synchronization
import Testing

@testable import SloopProvisioner

/// A meter over a rig, with a clock that the test sets and counters that it turns.
private final class MeterBench: Sendable {
    let rig: Rig
    let instance: Instance
    let meter: Meter
    private let notices: URL
    private let used = Mutex(MachineUsage(cpuNanoseconds: 0, processors: 2, memoryBytes: 0, bytesIn: 0, bytesOut: 0))

    static func with(_ body: (MeterBench) async throws -> Void) async throws {
        try await Rig.with { rig in try await body(try await MeterBench(rig)) }
    }

    private init(_ rig: Rig) async throws {
        self.rig = rig
        instance = try await rig.make()
        // At the beginning of a period of an alarm.
        let start = Date(timeIntervalSince1970: (rig.world.now().timeIntervalSince1970 / 300).rounded(.down) * 300)
        notices = rig.folder.appending(path: "notices")
        let program = rig.folder.appending(path: "notify")
        try Data("#!/bin/sh\nexec cat >> '\(notices.path)'\n".utf8).write(to: program)
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: program.path)
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let clock = SetClock(start)
        self.clock = clock
        let world = World(
            store: rig.everything, engine: rig.storage, logs: rig.folder.appending(path: "launch"), dns: rig.dns,
            now: { clock.now })
        meter = Meter(world: world, notifier: Notifier(program: program.path, logger: logger), logger: logger)
    }

    private let clock: SetClock

    private final class SetClock: Sendable {
        private let time: Mutex<Date>
        init(_ time: Date) { self.time = Mutex(time) }
        var now: Date { time.withLock { $0 } }
        func advance(_ seconds: Int) { time.withLock { $0 += Double(seconds) } }
    }

    var now: Date { clock.now }

    /// So many minutes pass, in each of which the machine uses so much.
    func pass(_ minutes: Int, cpuPercent: Double = 0, bytesIn: Int = 0, bytesOut: Int = 0) async {
        for _ in 0..<minutes {
            clock.advance(60)
            let now = used.withLock { used in
                used.cpuNanoseconds += Int(60e9 * 2 * cpuPercent / 100)
                used.bytesIn? += bytesIn
                used.bytesOut? += bytesOut
                return used
            }
            rig.storage.set(usage: [instance.id: now])
            await meter.round()
        }
    }

    /// The machine was started anew: its counters begin again.
    func restart() {
        used.withLock {
            $0 = MachineUsage(cpuNanoseconds: 0, processors: 2, memoryBytes: 0, bytesIn: 0, bytesOut: 0)
        }
    }

    func values(_ metric: Metric, of statistic: Statistic = .average, period: Int = 60) async throws -> [Double] {
        try await MetricService(world: rig.world.of(.default)).points(
            of: "web", metric, period: period, from: now - 3000, to: now
        ).map { $0.value(statistic) }
    }

    /// What the program was given, by subject.
    func told() -> [String] {
        let text = (try? String(contentsOf: notices, encoding: .utf8)) ?? ""
        return text.split(separator: "\n").compactMap { line in
            (try? JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])?["subject"] as? String
        }
    }

    func alarm() async throws -> Alarm? { try await rig.store.read { try $0.alarms().first } }
}

@Suite(.needsSandbox) struct MetricTests {
    @Test func whatIsUsedInAMinuteIsTheDifferenceOfTwoCounts() async throws {
        try await MeterBench.with { (bench: MeterBench) async throws in
            await bench.pass(1)
            await bench.pass(2, cpuPercent: 25, bytesIn: 600, bytesOut: 60)
            await bench.pass(1, cpuPercent: 50)
            #expect(try await bench.values(.cpuUtilization) == [25, 25, 50])
            #expect(try await bench.values(.networkIn, of: .sum) == [600, 600, 0])
            #expect(try await bench.values(.networkOut, of: .sum, period: 300) == [120])
            #expect(try await bench.values(.statusCheckFailed, of: .maximum) == [0, 0, 0, 0])
            #expect(try await bench.values(.burstCapacityPercentage) == [100, 100, 100, 100])
            // A minute in which the machine was started anew has no value rather than a wrong one.
            bench.restart()
            await bench.pass(1, cpuPercent: 10)
            await bench.pass(1, cpuPercent: 10)
            #expect(try await bench.values(.cpuUtilization) == [25, 25, 50, 10])
        }
    }

    @Test func aMachineThatShouldAnswerAndDoesNotFailsItsCheck() async throws {
        try await MeterBench.with { bench in
            await bench.pass(1)
            try await bench.rig.engine.stop(bench.instance.id)
            await bench.pass(1)
            #expect(try await bench.values(.statusCheckFailedInstance, of: .maximum) == [0, 1])
            #expect(try await bench.values(.statusCheckFailedSystem, of: .maximum) == [0, 0])
        }
    }

    @Test func anInstanceHasBoundedSamplesAndTheirSumsStay() async throws {
        try await MeterBench.with { bench in
            let (id, now) = (bench.instance.id, Int(bench.now.timeIntervalSince1970))
            let days = 20
            try await bench.rig.everything.write { tables in
                for minute in 1...(days * 1440) {
                    try tables.insert(
                        MetricSample(
                            instance: id, time: now - minute * 60, cpuPercent: 50, networkIn: 10, networkOut: 1))
                }
                try tables.thinSamples(mergeBefore: now - Meter.recent, forgetBefore: now - Meter.old)
            }
            let samples = try await bench.rig.everything.read { try $0.samples(of: id, after: 0, through: now) }
            #expect(samples.count <= 1440 + 14 * 288 + 5, "\(samples.count)")
            #expect(samples.reduce(0) { $0 + ($1.networkIn ?? 0) } == 15 * 1440 * 10)
            #expect(samples.allSatisfy { $0.cpuPercent == 50 })
            // Merging again changes nothing.
            try await bench.rig.everything.write {
                try $0.thinSamples(mergeBefore: now - Meter.recent, forgetBefore: now - Meter.old)
            }
            let again = try await bench.rig.everything.read { try $0.samples(of: id, after: 0, through: now) }
            #expect(again == samples)
        }
    }

    @Test func anAlarmFollowsWhatIsMeasuredAndTells() async throws {
        try await MeterBench.with { bench in
            let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
            let alarms = AlarmService(
                world: bench.rig.world.of(.default), notifier: Notifier(program: "/bin/true", logger: logger))
            _ = try await alarms.createContact("Email", endpoint: "ops@example.org")
            _ = try await alarms.put(
                .init(
                    name: "hot", instance: "web", metric: .cpuUtilization, comparison: .greaterThanThreshold,
                    threshold: 80, evaluationPeriods: 2, contactProtocols: ["Email"], triggers: [.alarm, .ok]))
            #expect(try await bench.alarm()?.state == .insufficientData)
            await bench.pass(5, cpuPercent: 10)
            #expect(try await bench.alarm()?.state == .ok)
            // One period of two is not enough.
            await bench.pass(5, cpuPercent: 95)
            #expect(try await bench.alarm()?.state == .ok)
            await bench.pass(5, cpuPercent: 95)
            #expect(try await bench.alarm()?.state == .alarm)
            await bench.pass(5, cpuPercent: 5)
            #expect(try await bench.alarm()?.state == .ok)
            #expect(bench.told() == ["OK: hot", "ALARM: hot", "OK: hot"])
        }
    }

    @Test(
        arguments: [
            (Alarm.MissingData.missing, [nil, nil, nil], Alarm.State.insufficientData), (.missing, [nil, nil, 1], .ok),
            (.missing, [9, 9, nil], .alarm), (.breaching, [nil, nil, nil], .alarm),
            (.breaching, [1, nil, nil], .alarm),
            (.notBreaching, [nil, nil, nil], .ok), (.notBreaching, [9, nil, nil], .ok),
            (.ignore, [nil, nil, nil], .ok),
            (.missing, [9, 1, 9], .alarm), (.missing, [1, 1, 9], .ok),
        ] as [(Alarm.MissingData, [Double?], Alarm.State)])
    func twoOfThreePeriodsBreakTheRule(_ missing: Alarm.MissingData, _ values: [Double?], _ state: Alarm.State) {
        let alarm = Alarm(
            id: AlarmID(), account: .default, name: "hot", instance: InstanceID(), metric: .cpuUtilization,
            comparison: .greaterThanOrEqualToThreshold, threshold: 9, evaluationPeriods: 3, datapointsToAlarm: 2,
            missingData: missing, state: .ok, createdAt: Date())
        #expect(alarm.judge(values) == state)
    }
}
