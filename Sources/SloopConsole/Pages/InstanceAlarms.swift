import Foundation
import SloopModel
import SloopProvisioner

extension InstancePage {
    /// The alarms of one instance, and what another one could go by.
    struct AlarmsView: Sendable {
        struct Choice: Sendable {
            let value: String
            let label: String
            let isChosen: Bool
        }

        let alarms: [AlarmsPage.Row]
        let hasAlarms: Bool
        let metrics: [Choice]
        let comparisons: [Choice]
        let contacts: [String]
        let alarmName: String
        let threshold: String
        let periods: String
        let back: String

        /// What one would be woken for; the others can be had by the API.
        private static let metrics: [(Metric, String)] = [
            (.cpuUtilization, "in percent"), (.networkIn, "bytes in 5 minutes"), (.networkOut, "bytes in 5 minutes"),
            (.statusCheckFailed, "0 or 1"),
        ]
        private static let comparisons: [Alarm.Comparison] = [
            .greaterThanOrEqualToThreshold, .greaterThanThreshold, .lessThanOrEqualToThreshold, .lessThanThreshold,
        ]

        init(_ view: InstanceService.View, _ given: FormFields, _ visit: Visit) async throws {
            let name = view.instance.name
            alarms = try await visit.services.alarms.list(of: name).map { AlarmsPage.Row($0) }
            hasAlarms = !alarms.isEmpty
            metrics = AlarmsView.metrics.map { metric, unit in
                Choice(
                    value: metric.rawValue, label: "\(Wording.metric(metric)), \(unit)",
                    isChosen: metric.rawValue == given["metric"])
            }
            comparisons = AlarmsView.comparisons.map { one in
                Choice(
                    value: one.rawValue, label: Wording.comparison(one), isChosen: one.rawValue == given["comparison"])
            }
            contacts = try await visit.services.alarms.contacts().map(\.protocol)
            func value(_ field: String, _ usual: String) -> String { given.values[field]?.first ?? usual }
            alarmName = value("alarm", "\(name)-busy")
            threshold = value("threshold", "80")
            periods = value("periods", "2")
            back = "/instances/\(name)#alarms"
        }
    }
}

extension Visit {
    func makeAlarm() async throws -> PageAnswer {
        try await act {
            InstancePage(name, given: form, faults: $0)
        } _: {
            let request = try await wantedAlarm()
            try await FieldError.blaming("alarm") {
                // The service would change the one that is there, and nobody asked for that here.
                guard try await !services.alarms.list().contains(where: { $0.alarm.name == request.name }) else {
                    throw SloopError(
                        .nameExists, "there is an alarm '\(request.name)' already", tip: "take another name")
                }
                _ = try await services.alarms.put(request)
            }
            return .seeOther("/instances/\(name)#alarms")
        }
    }

    private func wantedAlarm() async throws -> AlarmService.Request {
        guard let metric = Metric(rawValue: form["metric"]),
            let comparison = Alarm.Comparison(rawValue: form["comparison"])
        else { throw SloopError(.invalidInput, "choose what the alarm goes by") }
        let threshold = try await FieldError.blaming("threshold") {
            guard let number = Double(form["threshold"]), number.isFinite else {
                throw SloopError(.invalidInput, "'\(form["threshold"].prefix(40))' is no number")
            }
            return number
        }
        let periods = try await FieldError.blaming("periods") {
            let periods = try form.number("periods", "the number of periods")
            guard (1...288).contains(periods) else {
                throw SloopError(.invalidInput, "an alarm looks at 1 to 288 periods", tip: "288 are a day")
            }
            return periods
        }
        return AlarmService.Request(
            name: form["alarm"], instance: name, metric: metric, comparison: comparison, threshold: threshold,
            evaluationPeriods: periods, contactProtocols: form.values["contact"] ?? [], triggers: [.alarm, .ok])
    }
}
