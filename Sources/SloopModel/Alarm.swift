package import Foundation

/// Marks the ids of alarms.
package typealias AlarmID = Identifier<Alarm>

/// A rule over a metric of an instance, with what it says now.
package struct Alarm: Codable, Hashable, Sendable {
    package enum Comparison: String, Codable, Sendable {
        case greaterThanOrEqualToThreshold = "GreaterThanOrEqualToThreshold"
        case greaterThanThreshold = "GreaterThanThreshold"
        case lessThanThreshold = "LessThanThreshold"
        case lessThanOrEqualToThreshold = "LessThanOrEqualToThreshold"

        package func holds(_ value: Double, _ threshold: Double) -> Bool {
            switch self {
            case .greaterThanOrEqualToThreshold: value >= threshold
            case .greaterThanThreshold: value > threshold
            case .lessThanThreshold: value < threshold
            case .lessThanOrEqualToThreshold: value <= threshold
            }
        }
    }

    /// What a period without a value counts as.
    package enum MissingData: String, Codable, Sendable { case breaching, notBreaching, ignore, missing }

    package enum State: String, Codable, Sendable, CaseIterable {
        case ok = "OK"
        case alarm = "ALARM"
        case insufficientData = "INSUFFICIENT_DATA"
    }

    package var id: AlarmID
    package var account: Account
    package var name: String
    package var instance: InstanceID
    package var metric: Metric
    package var comparison: Comparison
    package var threshold: Double
    /// How many of the latest periods are looked at, and how many of them must break the rule.
    package var evaluationPeriods: Int
    package var datapointsToAlarm: Int
    package var missingData: MissingData
    /// `Email` or `SMS`.
    package var contactProtocols: [String]
    package var triggers: [State]
    package var isNotifying: Bool
    package var tags: [String: String]
    package var state: State
    package var createdAt: Date

    package init(
        id: AlarmID, account: Account, name: String, instance: InstanceID, metric: Metric, comparison: Comparison,
        threshold: Double, evaluationPeriods: Int, datapointsToAlarm: Int, missingData: MissingData = .missing,
        contactProtocols: [String] = [], triggers: [State] = [], isNotifying: Bool = true, tags: [String: String] = [:],
        state: State = .insufficientData, createdAt: Date
    ) {
        self.id = id
        self.account = account
        self.name = name
        self.instance = instance
        self.metric = metric
        self.comparison = comparison
        self.threshold = threshold
        self.evaluationPeriods = evaluationPeriods
        self.datapointsToAlarm = datapointsToAlarm
        self.missingData = missingData
        self.contactProtocols = contactProtocols
        self.triggers = triggers
        self.isNotifying = isNotifying
        self.tags = tags
        self.state = state
        self.createdAt = createdAt
    }

    /// Seconds that one value of the metric is made of.
    package static let period = 300

    /// What the rule says of the values of the latest periods; nil stands for a period without one.
    package func judge(_ values: [Double?]) -> State {
        if values.allSatisfy({ $0 == nil }) {
            switch missingData {
            case .missing: return .insufficientData
            case .ignore: return state
            case .breaching, .notBreaching: break
            }
        }
        let breaking = values.count { value in
            value.map { comparison.holds($0, threshold) } ?? (missingData == .breaching)
        }
        return breaking >= datapointsToAlarm ? .alarm : .ok
    }
}

/// Where an account is told of its alarms.
package struct ContactMethod: Codable, Hashable, Sendable {
    package var account: Account
    /// `Email` or `SMS`; one of each.
    package var `protocol`: String
    package var endpoint: String
    package var createdAt: Date

    package init(account: Account, protocol: String, endpoint: String, createdAt: Date) {
        self.account = account
        self.protocol = `protocol`
        self.endpoint = endpoint
        self.createdAt = createdAt
    }
}
