package import Foundation
package import SloopModel
import SloopStore

/// What was measured of instances.
package struct MetricService: Sendable {
    let world: World

    /// Points in one answer, as with CloudWatch.
    static let pointLimit = 1440

    /// One point for each period with a value, oldest first.
    ///
    /// - Parameter period: seconds, a multiple of 60.
    package func points(
        of name: String, _ metric: Metric, period: Int, from start: Date, to end: Date
    ) async throws -> [MetricPoint] {
        guard (60...86400).contains(period), period % 60 == 0 else {
            throw SloopError(
                .invalidInput, "the period of \(period) s is no multiple of 60 up to 86400", tip: "use 300")
        }
        guard start < end, (0...4e9).contains(start.timeIntervalSince1970), end.timeIntervalSince1970 <= 4e9 else {
            throw SloopError(
                .invalidInput, "the end of the time is not after its start",
                tip: "give startTime and endTime in seconds since 1970")
        }
        guard Int(end.timeIntervalSince(start)) / period <= MetricService.pointLimit else {
            throw SloopError(
                .invalidInput, "this is more than \(MetricService.pointLimit) points",
                tip: "ask for a longer period or less time")
        }
        let span = (Int(start.timeIntervalSince1970), Int(end.timeIntervalSince1970))
        return try await world.store.read { tables in
            let instance = try tables.instance(named: name)
            let samples = try tables.samples(of: instance.id, after: span.0, through: span.1)
            return MetricPoint.points(of: metric, samples, period: period, after: span.0, through: span.1)
        }
    }
}
