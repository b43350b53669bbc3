import GRDB
package import SloopModel

extension Tables {
    package func insert(_ sample: MetricSample) throws { try sample.insert(db, onConflict: .replace) }

    /// What was measured of the instance after the one time and until the other, in seconds since 1970; oldest first.
    package func samples(of instance: InstanceID, after start: Int, through end: Int) throws -> [MetricSample] {
        try MetricSample.fetchAll(
            db.cachedStatement(
                sql: "SELECT * FROM metricSample WHERE instance = ? AND time > ? AND time <= ? ORDER BY time"),
            arguments: [instance, start, end])
    }

    /// Keeps the table small: samples older than the first time are merged, one for each five minutes; those older than
    /// the second go.
    package func thinSamples(mergeBefore recent: Int, forgetBefore old: Int) throws {
        try run("DELETE FROM metricSample WHERE time < ?", [old])
        let width = Alarm.period
        let edge = recent / width * width
        let groups = try Row.fetchAll(
            db,
            sql: """
                SELECT instance, (time + ?1 - 1) / ?1 * ?1 AS slot, avg(cpuPercent) AS cpu, sum(networkIn) AS bytesIn,
                sum(networkOut) AS bytesOut, max(instanceFailed) AS failed, max(systemFailed) AS systemFailed
                FROM metricSample WHERE time <= ?2 GROUP BY instance, slot HAVING count(*) > 1
                """, arguments: [width, edge])
        for group in groups {
            let instance: InstanceID = group["instance"]
            let slot: Int = group["slot"]
            try run(
                "DELETE FROM metricSample WHERE instance = ? AND time > ? AND time <= ?",
                [instance, slot - width, slot])
            try insert(
                MetricSample(
                    instance: instance, time: slot, cpuPercent: group["cpu"], networkIn: group["bytesIn"],
                    networkOut: group["bytesOut"], instanceFailed: group["failed"],
                    systemFailed: group["systemFailed"]))
        }
    }
}

extension MetricSample: FetchableRecord, PersistableRecord {
    static var databaseTableName: String { "metricSample" }
}
