import Foundation
import GRDB

/// A time as GRDB keeps it, `yyyy-MM-dd HH:mm:ss.SSS` in UTC, read without Foundation's calendar, which takes some
/// microseconds for each. It is the same to the last bit as what GRDB reads.
struct StoredTime: DatabaseValueConvertible, StatementColumnConvertible {
    let date: Date

    init?(_ text: String) {
        guard let date = StoredTime.parse(text) ?? Date.fromDatabaseValue(text.databaseValue) else { return nil }
        self.date = date
    }

    init?(sqliteStatement: SQLiteStatement, index: CInt) {
        self.init(String(sqliteStatement: sqliteStatement, index: index))
    }

    var databaseValue: DatabaseValue { date.databaseValue }

    static func fromDatabaseValue(_ dbValue: DatabaseValue) -> StoredTime? {
        String.fromDatabaseValue(dbValue).flatMap { StoredTime($0) }
    }

    /// Nil for a time in another form.
    private static func parse(_ text: String) -> Date? {
        var text = text
        return text.withUTF8 { text in
            guard text.count == 23, text[4] == UInt8(ascii: "-"), text[7] == UInt8(ascii: "-"),
                text[10] == UInt8(ascii: " "), text[13] == UInt8(ascii: ":"), text[16] == UInt8(ascii: ":"),
                text[19] == UInt8(ascii: ".")
            else { return nil }
            var isNumber = true
            func number(_ range: Range<Int>) -> Int {
                text[range].reduce(0) { value, byte in
                    let digit = Int(byte) - 0x30
                    if !(0...9).contains(digit) { isNumber = false }
                    return value * 10 + digit
                }
            }
            let (year, month, day) = (number(0..<4), number(5..<7), number(8..<10))
            let seconds = (number(11..<13) * 60 + number(14..<16)) * 60 + number(17..<19)
            let milliseconds = number(20..<23)
            guard isNumber, year >= 1970, (1...12).contains(month) else { return nil }
            // Counted from a March, so that the day that some years have more is the last.
            let (years, months) = month > 2 ? (year, month - 3) : (year - 1, month + 9)
            let days = years * 365 + years / 4 - years / 100 + years / 400 + (months * 153 + 2) / 5 + day
            // Added up in the calendar's order, which decides how it is rounded.
            return Date(
                timeIntervalSinceReferenceDate: Double((days - 730_792) * 86400)
                    + (Double(seconds) + Double(milliseconds * 1_000_000) / 1e9))
        }
    }
}
