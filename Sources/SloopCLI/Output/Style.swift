/// Colours where a person looks; plain text elsewhere.
struct Style: Sendable {
    var isOn: Bool

    func red(_ text: String) -> String { painted(text, "31") }
    func green(_ text: String) -> String { painted(text, "32") }
    func yellow(_ text: String) -> String { painted(text, "33") }
    func dim(_ text: String) -> String { painted(text, "2") }
    func bold(_ text: String) -> String { painted(text, "1") }

    /// A state or status in the colour of what it means.
    func state(_ text: String, _ state: String) -> String {
        guard isOn else { return text }
        return switch state.lowercased() {
        case "running", "succeeded", "done", "yes", "ready", "ok": green(text)
        case "error", "failed", "stuck", "interrupted", "missing": red(text)
        case "pending", "started", "starting", "stopping", "deleting", "proven", "offered", "outdated", "slow":
            yellow(text)
        default: text
        }
    }

    private func painted(_ text: String, _ code: String) -> String {
        isOn && !text.isEmpty ? "\u{1B}[\(code)m\(text)\u{1B}[0m" : text
    }
}
