package import SloopModel

/// How values of a metric are put together to one.
package enum Statistic: String, Sendable, CaseIterable {
    case minimum = "Minimum"
    case maximum = "Maximum"
    case sum = "Sum"
    case average = "Average"
    case sampleCount = "SampleCount"
}

/// What was measured in one period.
package struct MetricPoint: Sendable {
    /// The beginning of the period, in seconds since 1970.
    package let time: Int
    package let minimum: Double
    package let maximum: Double
    package let sum: Double
    package let count: Int

    package func value(_ statistic: Statistic) -> Double {
        switch statistic {
        case .minimum: minimum
        case .maximum: maximum
        case .sum: sum
        case .average: sum / Double(count)
        case .sampleCount: Double(count)
        }
    }

    /// One point for each period with a value, oldest first. Periods begin at multiples of their length.
    static func points(
        of metric: Metric, _ samples: [MetricSample], period: Int, after start: Int, through end: Int
    ) -> [MetricPoint] {
        var all: [Int: [Double]] = [:]
        for sample in samples where sample.time > start && sample.time <= end {
            guard let value = sample.value(of: metric) else { continue }
            // A sample tells of the time before it.
            all[(sample.time - 1) / period * period, default: []].append(value)
        }
        return all.sorted { $0.key < $1.key }.map { time, values in
            MetricPoint(
                time: time, minimum: values.min() ?? 0, maximum: values.max() ?? 0, sum: values.reduce(0, +),
                count: values.count)
        }
    }
}

extension Metric {
    /// What alarms go by.
    package var statistic: Statistic {
        switch self {
        case .cpuUtilization, .burstCapacityPercentage, .burstCapacityTime: .average
        case .networkIn, .networkOut: .sum
        case .statusCheckFailed, .statusCheckFailedInstance, .statusCheckFailedSystem: .maximum
        }
    }
}
