import Foundation
import Logging
import SloopEngine
import SloopModel
import SloopStore

/// Measures the machines once a minute, judges the alarms by it, and keeps the table of samples small.
actor Meter {
    private let world: World
    private let notifier: Notifier
    private let logger: Logger
    private var before: [InstanceID: (usage: MachineUsage, time: Int)] = [:]
    private var measuredAt: Int?
    private var thinnedAt = 0

    /// Seconds between two measurements.
    static let rhythm = 60
    /// Seconds for which samples are kept as they are, and merged to one in five minutes: Lightsail's own fifteen days.
    static let recent = 86400
    static let old = 15 * 86400

    init(world: World, notifier: Notifier, logger: Logger) {
        self.world = world
        self.notifier = notifier
        self.logger = logger
    }

    /// Measures if a minute is over since the last time.
    func round() async {
        let now = Int(world.now().timeIntervalSince1970)
        if let measuredAt, (measuredAt..<measuredAt + Meter.rhythm).contains(now) { return }
        measuredAt = now
        do {
            try await measure(at: now)
            try await judge(at: now)
            if now >= thinnedAt + 3600 {
                thinnedAt = now
                try await world.store.write {
                    try $0.thinSamples(mergeBefore: now - Meter.recent, forgetBefore: now - Meter.old)
                }
            }
        } catch {
            logger.error("the machines could not be measured", metadata: ["error": "\(error)"])
        }
    }

    private func measure(at now: Int) async throws {
        let usage = try? await world.engine.usage()
        let rows = try await world.store.read { try $0.instances() }.filter {
            $0.reachableAt != nil && $0.account != .warm
        }
        let deaf = await unreachable(rows.filter { $0.state == .running })
        let samples = rows.map { row in
            var sample = MetricSample(
                instance: row.id, time: now, instanceFailed: deaf.contains(row.id), systemFailed: usage == nil)
            // A machine that was started anew counts from zero again.
            guard let used = usage?[row.id], let last = before[row.id], now > last.time,
                used.cpuNanoseconds >= last.usage.cpuNanoseconds
            else { return sample }
            let seconds = Double(now - last.time)
            let processors = Double(max(1, used.processors))
            let share = Double(used.cpuNanoseconds - last.usage.cpuNanoseconds) / 1e9 / seconds / processors
            sample.cpuPercent = min(100, (share * 10000).rounded() / 100)
            sample.networkIn = Meter.growth(last.usage.bytesIn, used.bytesIn)
            sample.networkOut = Meter.growth(last.usage.bytesOut, used.bytesOut)
            return sample
        }
        before = (usage ?? [:]).mapValues { ($0, now) }
        try await world.store.write { tables in
            // One that was deleted in between is passed over.
            let there = try tables.instanceStates()
            for sample in samples where there[sample.instance] != nil { try tables.insert(sample) }
        }
    }

    private static func growth(_ before: Int?, _ now: Int?) -> Int? {
        guard let before, let now, now >= before else { return nil }
        return now - before
    }

    /// Those of the running machines whose sshd does not answer.
    private func unreachable(_ rows: [Instance]) async -> Set<InstanceID> {
        await withTaskGroup(of: InstanceID?.self) { group in
            var deaf: Set<InstanceID> = []
            var waiting = rows[...]
            func next() {
                guard let row = waiting.popFirst() else { return }
                group.addTask { [network = world.network] in
                    do {
                        try await network.waitForSSH(row.address, port: row.port, timeout: .seconds(3))
                        return nil
                    } catch {
                        return row.id
                    }
                }
            }
            for _ in 0..<16 { next() }
            for await id in group {
                if let id { deaf.insert(id) }
                next()
            }
            return deaf
        }
    }

    private func judge(at now: Int) async throws {
        let end = now / Alarm.period * Alarm.period
        let changed = try await world.store.write { tables in
            try tables.alarms().compactMap { alarm -> Alarm? in
                let start = end - alarm.evaluationPeriods * Alarm.period
                let samples = try tables.samples(of: alarm.instance, after: start, through: end)
                let points = MetricPoint.points(
                    of: alarm.metric, samples, period: Alarm.period, after: start, through: end)
                let values = stride(from: start, to: end, by: Alarm.period).map { slot in
                    points.first { $0.time == slot }.map { $0.value(alarm.metric.statistic) }
                }
                let state = alarm.judge(values)
                guard state != alarm.state else { return nil }
                var alarm = alarm
                alarm.state = state
                try tables.save(alarm)
                return alarm
            }
        }
        for alarm in changed { await notifier.tell(alarm, in: world) }
    }
}
