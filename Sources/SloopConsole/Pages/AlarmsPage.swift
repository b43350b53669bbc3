import Foundation
import SloopModel
import SloopProvisioner

/// Every alarm with what it says now, and where the account is told of them.
struct AlarmsPage: Page {
    let template = "alarms"
    let entry = Menu.alarms
    let parts = ["alarm-list"]
    let path: String? = "/alarms"
    var given = FormFields("")
    var faults: Faults = [:]

    struct Row: Sendable {
        let name: String
        let instance: String
        let rule: String
        let chip: Chip
        /// By what somebody is told; nil if nobody is.
        let told: String?
    }

    struct Contact: Sendable {
        let kind: String
        let endpoint: String
    }

    struct Content: Sendable {
        let alarms: [Row]
        let hasAlarms: Bool
        let instanceNames: [String]
        let hasInstances: Bool
        let contacts: [Contact]
        let contactObstacle: String?
        let newEndpoint: String
        let back: String
        let faults: Faults
    }

    func title(_ content: Content) -> String { "Alarms" }

    func content(_ visit: Visit) async throws -> Content {
        let alarms = try await visit.services.alarms.list()
        let instances = try await visit.services.instances.list().map(\.instance.name)
        return Content(
            alarms: alarms.map { Row($0) }, hasAlarms: !alarms.isEmpty,
            instanceNames: instances, hasInstances: !instances.isEmpty,
            contacts: try await visit.services.alarms.contacts().map {
                Contact(kind: $0.protocol, endpoint: $0.endpoint)
            }, contactObstacle: visit.services.alarms.obstacleToNotices.map(Wording.sentence),
            newEndpoint: given["endpoint"], back: "/alarms", faults: faults)
    }
}

extension AlarmsPage.Row {
    init(_ view: AlarmService.View) {
        let alarm = view.alarm
        let chip =
            switch alarm.state {
            case .ok: Chip("all is well", .good)
            case .alarm: Chip("alarm", .bad)
            case .insufficientData: Chip("not enough data yet", .quiet)
            }
        self.init(
            name: alarm.name, instance: view.instance.name, rule: Wording.rule(alarm), chip: chip,
            told: alarm.isNotifying && !alarm.contactProtocols.isEmpty
                ? alarm.contactProtocols.joined(separator: " and ") : nil)
    }
}

extension Wording {
    /// `CPU used is at least 80 % in 2 of the last 3 periods of 5 minutes`.
    static func rule(_ alarm: Alarm) -> String {
        let periods =
            alarm.evaluationPeriods == 1
            ? "the last 5 minutes"
            : "\(alarm.datapointsToAlarm) of the last \(alarm.evaluationPeriods) periods of 5 minutes"
        return "\(metric(alarm.metric)) is \(comparison(alarm.comparison)) "
            + "\(threshold(alarm.threshold, alarm.metric)) in \(periods)"
    }

    static func metric(_ metric: Metric) -> String {
        switch metric {
        case .cpuUtilization: "CPU used"
        case .networkIn: "Network in"
        case .networkOut: "Network out"
        case .statusCheckFailed: "Failed checks"
        case .statusCheckFailedInstance: "Failed checks of the machine"
        case .statusCheckFailedSystem: "Failed checks of the engine"
        case .burstCapacityTime: "Burst capacity"
        case .burstCapacityPercentage: "Burst capacity in percent"
        }
    }

    static func comparison(_ comparison: Alarm.Comparison) -> String {
        switch comparison {
        case .greaterThanOrEqualToThreshold: "at least"
        case .greaterThanThreshold: "more than"
        case .lessThanThreshold: "less than"
        case .lessThanOrEqualToThreshold: "at most"
        }
    }

    private static func threshold(_ value: Double, _ metric: Metric) -> String {
        let number = value == value.rounded() ? decimal(value, digits: 0) : "\(value)"
        switch metric {
        case .cpuUtilization, .burstCapacityPercentage: return "\(number) %"
        case .networkIn, .networkOut: return bytes(value)
        case .burstCapacityTime: return "\(number) s"
        case .statusCheckFailed, .statusCheckFailedInstance, .statusCheckFailedSystem: return number
        }
    }
}

extension Visit {
    /// Does it, and goes back to the page whose button it was.
    func atAlarms(_ body: () async throws -> Void) async throws -> PageAnswer {
        try await act {
            AlarmsPage(given: form, faults: $0)
        } _: {
            try await body()
            return back(to: "/alarms")
        }
    }

    /// Shows the alarm going off, and tells whom a real one would: the way to see that notices arrive.
    func testAlarm() async throws -> PageAnswer {
        try await atAlarms { _ = try await services.alarms.test(name, as: .alarm) }
    }

    func saveContact() async throws -> PageAnswer {
        try await atAlarms {
            _ = try await FieldError.blaming("endpoint") {
                try await services.alarms.createContact(form["kind"], endpoint: form["endpoint"])
            }
        }
    }
}
