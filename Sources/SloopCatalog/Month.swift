package import Foundation
import SloopModel

/// A month of the calendar, in UTC.
package struct Month: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// E.g. 2026.
    package let year: Int
    /// 1 to 12.
    package let month: Int
    /// The first moment.
    package let start: Date
    /// The first moment of the next month.
    package let end: Date

    private static let calendar: Calendar = {
        var calendar = Calendar(identifier: .gregorian)
        calendar.timeZone = .gmt
        return calendar
    }()

    private init(_ year: Int, _ month: Int) {
        self.year = year
        self.month = month
        start = Month.calendar.date(from: DateComponents(year: year, month: month)) ?? .distantPast
        end = Month.calendar.date(byAdding: .month, value: 1, to: start) ?? .distantFuture
    }

    /// The month that the time lies in.
    package init(containing time: Date) {
        let parts = Month.calendar.dateComponents([.year, .month], from: time)
        self.init(parts.year ?? 1970, parts.month ?? 1)
    }

    /// Reads `2026-11`, from 1970 to 9999. Throws `invalidInput`.
    package init(parsing text: String) throws {
        guard let match = text.wholeMatch(of: /([0-9]{4})-([0-9]{2})/), let year = Int(match.1),
            let month = Int(match.2),
            (1...12).contains(month), year >= 1970
        else {
            throw SloopError(.invalidInput, "'\(text)' is no month", tip: "write year and month, e.g. 2026-11")
        }
        self.init(year, month)
    }

    /// 672 to 744.
    package var hours: Int { Int(start.distance(to: end)) / 3600 }

    /// By time.
    package static func < (one: Month, other: Month) -> Bool { (one.year, one.month) < (other.year, other.month) }

    /// E.g. `2026-11`, as ``init(parsing:)`` reads it.
    package var description: String {
        "\(String(repeating: "0", count: max(0, 4 - "\(year)".count)))\(year)-\(month < 10 ? "0" : "")\(month)"
    }
}
