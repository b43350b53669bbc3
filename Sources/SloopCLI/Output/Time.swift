import Foundation

/// Times as a person reads them.
enum Time {
    /// How long ago it was, in one unit: `12s`, `5m`, `3h`, `40d`.
    static func age(of date: Date?) -> String {
        guard let date else { return "" }
        let seconds = max(0, Int(Terminal.current.now().timeIntervalSince(date)))
        return switch seconds {
        case ..<120: "\(seconds)s"
        case ..<7200: "\(seconds / 60)m"
        case ..<172_800: "\(seconds / 3600)h"
        default: "\(seconds / 86400)d"
        }
    }

    /// `0.42 s`, `75 s`: exact where it is short.
    static func span(from start: Date, to end: Date) -> String {
        let seconds = max(0, end.timeIntervalSince(start))
        return seconds < 60 ? "\(fixed(seconds)) s" : "\(Int(seconds)) s"
    }

    /// `2026-11-24 01:52:01 UTC`.
    static func moment(_ date: Date?) -> String? {
        date.map { $0.formatted(.iso8601.dateTimeSeparator(.space).timeZoneSeparator(.omitted)) }
            .map { $0.replacingOccurrences(of: "Z", with: " UTC") }
    }

    private static func fixed(_ seconds: Double) -> String {
        let hundredths = Int((seconds * 100).rounded())
        let rest = hundredths % 100
        return "\(hundredths / 100).\(rest < 10 ? "0" : "")\(rest)"
    }
}
