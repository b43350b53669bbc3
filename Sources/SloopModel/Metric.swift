/// What is measured of an instance, by Lightsail's names.
package enum Metric: String, Codable, Sendable, CaseIterable {
    case cpuUtilization = "CPUUtilization"
    case networkIn = "NetworkIn"
    case networkOut = "NetworkOut"
    case statusCheckFailed = "StatusCheckFailed"
    case statusCheckFailedInstance = "StatusCheckFailed_Instance"
    case statusCheckFailedSystem = "StatusCheckFailed_System"
    case burstCapacityTime = "BurstCapacityTime"
    case burstCapacityPercentage = "BurstCapacityPercentage"

    /// Lightsail's word for what it is counted in.
    package var unit: String {
        switch self {
        case .cpuUtilization, .burstCapacityPercentage: "Percent"
        case .networkIn, .networkOut: "Bytes"
        case .statusCheckFailed, .statusCheckFailedInstance, .statusCheckFailedSystem: "Count"
        case .burstCapacityTime: "Seconds"
        }
    }
}

/// What was measured of an instance in the time before a moment.
package struct MetricSample: Codable, Hashable, Sendable {
    package var instance: InstanceID
    /// The end of that time, in seconds since 1970.
    package var time: Int
    /// Percent of all of the plan's processors; nil if it is not known, as when the machine was not running before.
    package var cpuPercent: Double?
    /// Bytes; nil where the engine does not count them.
    package var networkIn: Int?
    package var networkOut: Int?
    /// Whether the machine should have answered and did not; whether the engine did not answer.
    package var instanceFailed: Bool
    package var systemFailed: Bool

    package init(
        instance: InstanceID, time: Int, cpuPercent: Double? = nil, networkIn: Int? = nil, networkOut: Int? = nil,
        instanceFailed: Bool = false, systemFailed: Bool = false
    ) {
        self.instance = instance
        self.time = time
        self.cpuPercent = cpuPercent
        self.networkIn = networkIn
        self.networkOut = networkOut
        self.instanceFailed = instanceFailed
        self.systemFailed = systemFailed
    }

    /// The value of a metric; nil if it is not known.
    package func value(of metric: Metric) -> Double? {
        switch metric {
        case .cpuUtilization: cpuPercent
        case .networkIn: networkIn.map(Double.init)
        case .networkOut: networkOut.map(Double.init)
        case .statusCheckFailed: instanceFailed || systemFailed ? 1 : 0
        case .statusCheckFailedInstance: instanceFailed ? 1 : 0
        case .statusCheckFailedSystem: systemFailed ? 1 : 0
        // Plans do not slow a machine down that is busy for long: it can always go on for a day.
        case .burstCapacityPercentage: systemFailed ? nil : 100
        case .burstCapacityTime: systemFailed ? nil : 86400
        }
    }
}
