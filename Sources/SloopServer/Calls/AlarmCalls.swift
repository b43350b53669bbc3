import LightsailAPI
import SloopModel
import SloopProvisioner

extension CallTable {
    mutating func addAlarmCalls() {
        add(Lightsail.PutAlarm.self) { caller, input in
            func word<Word: RawRepresentable<String>>(_ text: String, _ type: Word.Type, _ member: String) throws
                -> Word
            {
                guard let word = Word(rawValue: text) else {
                    throw SloopError(.invalidInput, "the member '\(member)' cannot be '\(text.prefix(60))'")
                }
                return word
            }
            let request = AlarmService.Request(
                name: try input.alarmName.required("alarmName"),
                instance: try input.monitoredResourceName.required("monitoredResourceName"),
                metric: try Metric(wire: try input.metricName.required("metricName")),
                comparison: try word(
                    try input.comparisonOperator.required("comparisonOperator"), Alarm.Comparison.self,
                    "comparisonOperator"),
                threshold: try input.threshold.required("threshold"),
                evaluationPeriods: try input.evaluationPeriods.required("evaluationPeriods"),
                datapointsToAlarm: input.datapointsToAlarm,
                missingData: try input.treatMissingData.map {
                    try word($0, Alarm.MissingData.self, "treatMissingData")
                } ?? .missing,
                contactProtocols: input.contactProtocols ?? [],
                triggers: try (input.notificationTriggers ?? []).map {
                    try word($0, Alarm.State.self, "notificationTriggers")
                },
                isNotifying: input.notificationEnabled ?? true, tags: try Caller.tags(input.tags))
            return .init(operations: [.init(try await caller.alarms.put(request), caller)])
        }
        add(Lightsail.GetAlarms.self) { caller, input in
            let after = try Page.key(input.pageToken, call: "GetAlarms") ?? ""
            let all = try await caller.alarms.list(named: input.alarmName, of: input.monitoredResourceName)
            let page = Page.cut(all.filter { $0.alarm.name > after }, call: "GetAlarms") { $0.alarm.name }
            return .init(alarms: page.items.map { .init($0, caller) }, nextPageToken: page.next)
        }
        add(Lightsail.DeleteAlarm.self) { caller, input in
            let operation = try await caller.alarms.delete(try input.alarmName.required("alarmName"))
            return .init(operations: [.init(operation, caller)])
        }
        add(Lightsail.TestAlarm.self, mayWait: true) { caller, input in
            let text = try input.state.required("state")
            guard let state = Alarm.State(rawValue: text) else {
                throw SloopError(
                    .invalidInput, "an alarm has no state '\(text.prefix(40))'",
                    tip: "use \(Alarm.State.allCases.map(\.rawValue).joined(separator: ", "))")
            }
            let operation = try await caller.alarms.test(try input.alarmName.required("alarmName"), as: state)
            return .init(operations: [.init(operation, caller)])
        }
        addContactCalls()
    }

    private mutating func addContactCalls() {
        add(Lightsail.CreateContactMethod.self) { caller, input in
            let operation = try await caller.alarms.createContact(
                try input.protocol.required("protocol"),
                endpoint: try input.contactEndpoint.required("contactEndpoint"))
            return .init(operations: [.init(operation, caller)])
        }
        add(Lightsail.GetContactMethods.self) { caller, input in
            let all = try await caller.alarms.contacts()
            let shown = all.filter { input.protocols?.contains($0.protocol) ?? true }
            return .init(contactMethods: shown.map { .init($0, caller) })
        }
        add(Lightsail.DeleteContactMethod.self) { caller, input in
            let operation = try await caller.alarms.deleteContact(try input.protocol.required("protocol"))
            return .init(operations: [.init(operation, caller)])
        }
        add(Lightsail.SendContactMethodVerification.self, mayWait: true) { caller, input in
            let operation = try await caller.alarms.verifyContact(try input.protocol.required("protocol"))
            return .init(operations: [.init(operation, caller)])
        }
    }
}

extension Lightsail.Alarm {
    init(_ view: AlarmService.View, _ caller: Caller) {
        let alarm = view.alarm
        self.init(
            name: alarm.name, arn: caller.arn("Alarm", alarm.id.value), createdAt: alarm.createdAt,
            location: caller.regional, resourceType: "Alarm", supportCode: caller.supportCode(alarm.id.value),
            monitoredResourceInfo: Lightsail.MonitoredResourceInfo(
                arn: caller.arn("Instance", view.instance.id.value), name: view.instance.name,
                resourceType: "Instance"),
            comparisonOperator: alarm.comparison.rawValue, evaluationPeriods: alarm.evaluationPeriods,
            period: Alarm.period, threshold: alarm.threshold, datapointsToAlarm: alarm.datapointsToAlarm,
            treatMissingData: alarm.missingData.rawValue, statistic: alarm.metric.statistic.rawValue,
            metricName: alarm.metric.rawValue, state: alarm.state.rawValue, unit: alarm.metric.unit,
            contactProtocols: alarm.contactProtocols, notificationTriggers: alarm.triggers.map(\.rawValue),
            notificationEnabled: alarm.isNotifying, tags: Caller.wire(alarm.tags))
    }
}

extension Lightsail.ContactMethod {
    /// It is valid from the start: whoever runs the server knows where notices go.
    init(_ method: ContactMethod, _ caller: Caller) {
        self.init(
            contactEndpoint: method.endpoint, status: "Valid", protocol: method.protocol, name: method.protocol,
            arn: caller.arn("ContactMethod", method.protocol), createdAt: method.createdAt, location: caller.regional,
            resourceType: "ContactMethod", supportCode: caller.supportCode(method.protocol))
    }
}
