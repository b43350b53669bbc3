/// What an engine needs of this computer, and whether it is there.
package struct EngineHealth: Codable, Hashable, Sendable {
    /// `local` or `incus`.
    package var engine: String
    package var checks: [Check]

    package init(engine: String, checks: [Check]) {
        self.engine = engine
        self.checks = checks
    }

    /// Whether nothing is missing that the engine cannot do without.
    package var isUsable: Bool { !checks.contains { $0.isRequired && $0.state == .missing } }

    package struct Check: Codable, Hashable, Sendable {
        package enum State: String, Codable, Sendable {
            case ok
            /// It works, and could be much faster.
            case slow
            case missing
        }

        package var name: String
        package var state: State
        /// Whether the engine cannot do without it.
        package var isRequired: Bool
        /// What was found, or what it is missed for.
        package var detail: String
        /// The command that mends it; nil if it is ok.
        package var mend: String?

        package init(_ name: String, _ state: State, isRequired: Bool = true, detail: String, mend: String? = nil) {
            self.name = name
            self.state = state
            self.isRequired = isRequired
            self.detail = detail
            self.mend = mend
        }
    }
}
