import Foundation
import LightsailAPI
import SloopModel
import SloopProvisioner

extension CallTable {
    mutating func addMetricCalls() {
        add(Lightsail.GetInstanceMetricData.self) { caller, input in
            let metric = try Metric(wire: try input.metricName.required("metricName"))
            let unit = try input.unit.required("unit")
            let wanted = try input.statistics.required("statistics").map { name in
                guard let statistic = Statistic(rawValue: name) else {
                    throw SloopError(
                        .invalidInput, "there is no statistic '\(name.prefix(40))'",
                        tip: "use \(Statistic.allCases.map(\.rawValue).joined(separator: ", "))")
                }
                return statistic
            }
            let points = try await caller.metrics.points(
                of: try input.instanceName.required("instanceName"), metric,
                period: try input.period.required("period"),
                from: try input.startTime.required("startTime"), to: try input.endTime.required("endTime"))
            // Values are kept in one unit; there are none in another.
            let shown = unit == metric.unit ? points : []
            return .init(metricName: metric.rawValue, metricData: shown.map { .init($0, wanted, unit) })
        }
    }
}

extension Lightsail.MetricDatapoint {
    /// Has the statistics that were asked for and no others.
    init(_ point: MetricPoint, _ wanted: [Statistic], _ unit: String) {
        func value(_ statistic: Statistic) -> Double? { wanted.contains(statistic) ? point.value(statistic) : nil }
        self.init(
            average: value(.average), maximum: value(.maximum), minimum: value(.minimum),
            sampleCount: value(.sampleCount), sum: value(.sum),
            timestamp: Date(timeIntervalSince1970: Double(point.time)), unit: unit)
    }
}

extension Metric {
    /// Throws `invalidInput` with the names that there are, or `notOffered` for what is measured of other things.
    init(wire name: String) throws {
        guard let metric = Metric(rawValue: name) else {
            throw SloopError(
                .invalidInput, "'\(name.prefix(60))' is not measured of instances",
                tip: "use one of: \(Metric.allCases.map(\.rawValue).joined(separator: ", "))")
        }
        self = metric
    }
}
