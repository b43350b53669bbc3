import LightsailAPI

extension SloopAPI.InstanceDetails {
    /// The address, with its port where that is not SSH's own.
    var endpoint: String { port == 22 ? publicAddress : "\(publicAddress):\(port)" }

    /// All of it, for a person.
    func text(_ style: Style) -> String {
        var fields = FieldList()
        fields.add("instance", name)
        fields.add("state", [state, stateReason].compactMap { $0 }.joined(separator: " "), isState: true)
        fields.add("id", id)
        fields.add("blueprint", blueprint)
        fields.add("plan", "\(plan), \(monthlyPrice) USD a month")
        fields.add("address", publicAddress)
        fields.add("port", "\(port)")
        fields.add("user", username)
        fields.add("key pair", keyPair)
        fields.add("page", url)
        fields.add("tags", tags.sorted { $0.key < $1.key }.map(Self.tagText).joined(separator: " "))
        fields.add("created", Time.moment(createdAt))
        fields.add("running after", runningAt.map { Time.span(from: createdAt, to: $0) })
        fields.add("ssh after", reachableAt.map { Time.span(from: createdAt, to: $0) })
        fields.add("launch script", launch?.summary, isState: true)
        if let launch, launch.status == "failed" || launch.status == "interrupted" {
            fields.add("its output", launch.outputTail.map { $0.trimmingNewlines })
        }
        fields.add("host key", hostKey)
        fields.add("waiting", pendingRotations.joined(separator: "\n"))
        return fields.text(style)
    }

    private static func tagText(_ tag: (key: String, value: String)) -> String {
        tag.value.isEmpty ? tag.key : "\(tag.key)=\(tag.value)"
    }
}

extension SloopAPI.LaunchDetails {
    var isOver: Bool { status != "pending" && status != "running" }

    /// The status, with the exit code of one that failed: `failed(3)`.
    var result: String {
        guard status == "failed", let exitCode else { return status }
        return "failed(\(exitCode))"
    }

    /// The status in words, with the time it took.
    var summary: String {
        let code = exitCode.map { status == "failed" ? " with exit code \($0)" : "" } ?? ""
        guard let startedAt, let endedAt else { return status + code }
        return "\(status)\(code) after \(Time.span(from: startedAt, to: endedAt))"
    }
}

extension String {
    fileprivate var trimmingNewlines: String {
        var text = self
        while text.last?.isNewline == true { text.removeLast() }
        return text
    }
}
