import Foundation
import SloopCatalog
import SloopModel

/// Amounts, sizes and times as people read them.
enum Wording {
    /// `5.00`, of US cents.
    static func price(_ cents: Int) -> String { Money(cents: cents).decimal }

    /// US dollars an hour with four digits, `0.0067`: a month's price over 744 hours.
    static func hourly(_ cents: Int) -> String {
        let tenThousandths = (cents * 100 + Money.hoursOfAMonth / 2) / Money.hoursOfAMonth
        let digits = String(tenThousandths % 10_000)
        return "\(tenThousandths / 10_000)." + String(repeating: "0", count: 4 - digits.count) + digits
    }

    /// `512 MB`, `2 GB`.
    static func memory(_ megabytes: Int) -> String {
        megabytes < 1024 ? "\(megabytes) MB" : "\(megabytes / 1024) GB"
    }

    /// `20 GB`, `1 TB`.
    static func size(_ gigabytes: Int) -> String {
        guard gigabytes >= 1024 else { return "\(gigabytes) GB" }
        let terabytes = Double(gigabytes) / 1024
        return terabytes == terabytes.rounded() ? "\(gigabytes / 1024) TB" : decimal(terabytes, digits: 2) + " TB"
    }

    /// `2 GB memory, 2 CPUs, 60 GB disk`.
    static func plan(_ plan: Plan) -> String {
        "\(memory(plan.memoryMB)) memory, \(count(plan.vcpus, "CPU")), \(size(plan.diskGB)) disk"
    }

    /// With a capital and a full stop.
    static func sentence(_ words: String) -> String {
        words.prefix(1).uppercased() + words.dropFirst() + (words.hasSuffix(".") ? "" : ".")
    }

    /// `1 instance`, `2 instances`.
    static func count(_ number: Int, _ noun: String) -> String { "\(number) \(noun)\(number == 1 ? "" : "s")" }

    /// `0.42 s`, `75 s`, `12 min`.
    static func span(from start: Date, to end: Date) -> String {
        let seconds = max(0, end.timeIntervalSince(start))
        if seconds >= 600 { return "\(Int(seconds) / 60) min" }
        if seconds >= 60 { return "\(Int(seconds)) s" }
        return decimal(seconds, digits: 2) + " s"
    }

    /// With so many digits after the point.
    static func decimal(_ value: Double, digits: Int) -> String {
        String(format: "%.\(digits)f", locale: nil, value)
    }

    /// `512 B`, `3.4 MB`: by thousands, as networks are counted.
    static func bytes(_ count: Double) -> String {
        var (value, units) = (count, ["B", "kB", "MB", "GB", "TB"][...])
        while value >= 1000, units.count > 1 {
            value /= 1000
            units.removeFirst()
        }
        return decimal(value, digits: units.first == "B" || value >= 100 ? 0 : 1) + " " + (units.first ?? "B")
    }

    /// A state of a thing as a word and a colour.
    static func chip(_ state: Instance.State) -> Chip {
        switch state {
        case .pending: Chip("starting", .busy)
        case .running: Chip("running", .good)
        case .stopping: Chip("stopping", .busy)
        case .stopped: Chip("stopped", .quiet)
        case .deleting: Chip("being deleted", .busy)
        case .error: Chip("error", .bad)
        }
    }

    static func chip(_ run: LaunchRun) -> Chip {
        switch run.status {
        case .pending: Chip("script waits", .busy)
        case .running: Chip("script runs", .busy)
        case .succeeded: Chip("script succeeded", .good)
        case .failed: Chip("script failed (\(run.exitCode.map(String.init) ?? "?"))", .bad)
        case .interrupted: Chip("script interrupted", .bad)
        }
    }
}

/// A word in a colour. The word alone says it.
struct Chip: Sendable {
    enum Tone: String { case good, busy, bad, quiet }

    let word: String
    let tone: String

    init(_ word: String, _ tone: Tone) {
        self.word = word
        self.tone = tone.rawValue
    }
}

/// A moment, with what a program reads of it.
struct Moment: Sendable {
    /// `2026-11-26 06:31 UTC`.
    let text: String
    let iso: String

    init(_ date: Date) {
        iso = date.formatted(.iso8601)
        text = iso.prefix(16).replacingOccurrences(of: "T", with: " ") + " UTC"
    }
}
