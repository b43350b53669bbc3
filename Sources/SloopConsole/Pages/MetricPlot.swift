import Foundation
import SloopModel
import SloopProvisioner

/// What was measured of an instance in the last hours, as a line.
struct MetricPlot: Sendable {
    let label: String
    /// The newest value and the highest, in words.
    let now: String
    let highest: String
    let svg: String
    let hasPoints: Bool
    /// What is said in place of a line.
    let nothing: String

    private static let hours = 3
    private static let period = 60

    static func all(of name: String, _ visit: Visit) async throws -> [MetricPlot] {
        // Whole minutes, so that the plots stay as they are until there is another value.
        let minute = (visit.provisioner.now.timeIntervalSince1970 / 60).rounded(.up) * 60
        let end = Date(timeIntervalSince1970: minute)
        let start = end.addingTimeInterval(-Double(hours * 3600))
        var plots: [MetricPlot] = []
        for (metric, label) in [(Metric.cpuUtilization, "CPU"), (.networkIn, "Received"), (.networkOut, "Sent")] {
            let points = try await visit.services.metrics.points(
                of: name, metric, period: period, from: start, to: end)
            // An engine that measures something measures it all in the same round.
            let nothing =
                plots.contains(where: \.hasPoints)
                ? "The engine '\(visit.provisioner.engineName)' does not measure this."
                : "Nothing measured yet; the first value comes within two minutes."
            plots.append(MetricPlot(metric, label, points, from: start, to: end, nothing: nothing))
        }
        return plots
    }

    private init(
        _ metric: Metric, _ label: String, _ points: [MetricPoint], from start: Date, to end: Date, nothing: String
    ) {
        let values = points.map { (Double($0.time), $0.value(metric.statistic)) }
        func words(_ value: Double) -> String {
            metric == .cpuUtilization ? "\(Wording.decimal(value, digits: 1)) %" : "\(Wording.bytes(value)) a minute"
        }
        let top = values.map(\.1).max() ?? 0
        self.label = label
        self.nothing = nothing
        now = values.last.map { words($0.1) } ?? ""
        highest = words(top)
        hasPoints = !values.isEmpty
        svg =
            LinePlot(
                values: values, start: start.timeIntervalSince1970, end: end.timeIntervalSince1970, top: max(top, 1),
                gap: Double(3 * MetricPlot.period),
                title: "\(label) in the last \(MetricPlot.hours) hours: now \(now), at most \(highest)"
            ).svg
    }
}
