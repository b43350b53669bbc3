package import SloopModel
import SloopStore

/// The alarms of an account, and where it is told of them.
package struct AlarmService: Sendable {
    let world: World
    let notifier: Notifier

    /// Alarms for one metric of an instance, as on Lightsail.
    static let limitPerMetric = 2

    /// What a client asks for.
    package struct Request: Sendable {
        package var name: String
        package var instance: String
        package var metric: Metric
        package var comparison: Alarm.Comparison
        package var threshold: Double
        package var evaluationPeriods: Int
        package var datapointsToAlarm: Int?
        package var missingData: Alarm.MissingData
        package var contactProtocols: [String]
        package var triggers: [Alarm.State]
        package var isNotifying: Bool
        package var tags: [String: String]

        package init(
            name: String, instance: String, metric: Metric, comparison: Alarm.Comparison, threshold: Double,
            evaluationPeriods: Int, datapointsToAlarm: Int? = nil, missingData: Alarm.MissingData = .missing,
            contactProtocols: [String] = [], triggers: [Alarm.State] = [], isNotifying: Bool = true,
            tags: [String: String] = [:]
        ) {
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
        }
    }

    /// An alarm with the name of its instance.
    package struct View: Sendable {
        package let alarm: Alarm
        package let instance: Instance
    }

    /// Makes the alarm, or changes the one of that name; it has not enough data at first.
    package func put(_ request: Request) async throws -> SloopModel.Operation {
        try check(request)
        let now = world.now()
        return try await world.store.write { tables in
            let instance = try tables.instance(named: request.instance)
            let known = try tables.contactMethods(of: tables.owner()).map(\.protocol)
            if let missing = request.contactProtocols.first(where: { !known.contains($0) }) {
                throw SloopError(
                    .invalidInput, "there is no contact method for \(missing)",
                    tip: "make it first: CreateContactMethod")
            }
            let old = try tables.find(alarm: request.name)
            let alike = try tables.alarms().count {
                $0.instance == instance.id && $0.metric == request.metric && $0.name != request.name
            }
            guard alike < AlarmService.limitPerMetric else {
                throw SloopError(
                    .invalidInput,
                    "'\(request.instance)' has \(alike) alarms for \(request.metric.rawValue); the limit is "
                        + "\(AlarmService.limitPerMetric)", tip: "delete one, or change it by its name")
            }
            if old == nil { try tables.claim(name: request.name, type: "Alarm") }
            try tables.save(
                Alarm(
                    id: old?.id ?? AlarmID(), account: tables.owner(), name: request.name, instance: instance.id,
                    metric: request.metric, comparison: request.comparison, threshold: request.threshold,
                    evaluationPeriods: request.evaluationPeriods,
                    datapointsToAlarm: request.datapointsToAlarm ?? request.evaluationPeriods,
                    missingData: request.missingData, contactProtocols: request.contactProtocols,
                    triggers: request.triggers, isNotifying: request.isNotifying,
                    tags: request.tags.isEmpty ? old?.tags ?? [:] : request.tags, createdAt: old?.createdAt ?? now))
            return try tables.recordDone("put-alarm", on: request.name, type: "Alarm", at: now)
        }
    }

    private func check(_ request: Request) throws {
        try ResourceName.check(request.name)
        try Tags.check(request.tags)
        guard (1...1440).contains(request.evaluationPeriods),
            (1...request.evaluationPeriods).contains(request.datapointsToAlarm ?? request.evaluationPeriods)
        else {
            throw SloopError(
                .invalidInput, "the alarm '\(request.name)' cannot look at so many periods",
                tip: "evaluationPeriods is 1 to 1440, datapointsToAlarm not more than that")
        }
        guard request.threshold.isFinite else {
            throw SloopError(.invalidInput, "the threshold of '\(request.name)' is no number")
        }
    }

    package func delete(_ name: String) async throws -> SloopModel.Operation {
        let now = world.now()
        return try await world.store.write { tables in
            try tables.remove(try tables.alarm(named: name))
            return try tables.recordDone("delete-alarm", on: name, type: "Alarm", at: now)
        }
    }

    /// By name; of one name or of one instance, if so asked.
    package func list(named name: String? = nil, of instance: String? = nil) async throws -> [View] {
        try await world.store.read { tables in
            let alarms = try name.map { [try tables.alarm(named: $0)] } ?? tables.alarms()
            return try alarms.compactMap { alarm in
                guard let found = try tables.find(alarm.instance), instance == nil || found.name == instance else {
                    return nil
                }
                return View(alarm: alarm, instance: found)
            }
        }
    }

    /// Shows the state until the alarm is judged again, and tells those whom a real one would.
    package func test(_ name: String, as state: Alarm.State) async throws -> SloopModel.Operation {
        let now = world.now()
        let (alarm, operation) = try await world.store.write { tables in
            var alarm = try tables.alarm(named: name)
            alarm.state = state
            try tables.save(alarm)
            return (alarm, try tables.recordDone("test-alarm", on: name, type: "Alarm", at: now))
        }
        await notifier.tell(alarm, in: world)
        return operation
    }

    // MARK: Contact methods

    /// Why nobody can be told of alarms; nil if somebody can.
    package var obstacleToNotices: String? {
        notifier.program == nil
            ? "this Sloop sends no notices: it was not started with 'sloop serve --notify PROGRAM'" : nil
    }

    /// Makes the account's contact method of that protocol, `Email` or `SMS`, in place of what it was.
    ///
    /// Throws `notOffered` if the server was not given a program that sends notices.
    package func createContact(_ kind: String, endpoint: String) async throws -> SloopModel.Operation {
        guard ["Email", "SMS"].contains(kind) else {
            throw SloopError(
                .invalidInput, "there is no protocol '\(kind.prefix(40))'", tip: "use Email or SMS")
        }
        guard notifier.program != nil else {
            throw SloopError(
                .notOffered, "this sloop sends no notices",
                tip: "start it with a program that does: sloop serve --notify PROGRAM")
        }
        let isAddress = kind == "Email" ? endpoint.contains("@") : endpoint.hasPrefix("+")
        guard isAddress, (3...256).contains(endpoint.utf8.count),
            endpoint.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F })
        else {
            throw SloopError(
                .invalidInput, "this is no address for \(kind)",
                tip: kind == "Email" ? "give one like ops@example.org" : "give a number like +15550100")
        }
        let now = world.now()
        return try await world.store.write { tables in
            try tables.save(
                ContactMethod(account: tables.owner(), protocol: kind, endpoint: endpoint, createdAt: now))
            return try tables.recordDone("create-contact-method", on: kind, type: "ContactMethod", at: now)
        }
    }

    package func contacts() async throws -> [ContactMethod] {
        try await world.store.read { try $0.contactMethods(of: $0.owner()) }
    }

    package func deleteContact(_ kind: String) async throws -> SloopModel.Operation {
        let now = world.now()
        return try await world.store.write { tables in
            try tables.remove(try tables.contact(kind))
            return try tables.recordDone("delete-contact-method", on: kind, type: "ContactMethod", at: now)
        }
    }

    /// Sends a notice to try the contact method out.
    package func verifyContact(_ kind: String) async throws -> SloopModel.Operation {
        let method = try await world.store.read { try $0.contact(kind) }
        guard
            await notifier.tell(
                method, subject: "Sloop can reach you", text: "Notices of alarms will come to \(method.endpoint).")
        else {
            throw SloopError(
                .operationFailed, "the notice to \(method.endpoint) could not be sent",
                tip: "the log of 'sloop serve' says why")
        }
        let now = world.now()
        return try await world.store.write { tables in
            try tables.recordDone("send-contact-method-verification", on: kind, type: "ContactMethod", at: now)
        }
    }
}

extension Tables {
    /// Throws `notFound` if the account has none of that protocol.
    fileprivate func contact(_ kind: String) throws -> ContactMethod {
        guard let method = try contactMethods(of: owner()).first(where: { $0.protocol == kind }) else {
            throw SloopError(
                .notFound, "there is no contact method for '\(kind.prefix(40))'", tip: "see them: GetContactMethods")
        }
        return method
    }
}
