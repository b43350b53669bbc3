/// An exact amount of US dollars, in whole 744ths of a cent: the price of an hour of any plan is a whole number of them.
package struct Money: Hashable, Comparable, Sendable {
    /// A month is billed as 744 hours at most, the hours of 31 days.
    package static let hoursOfAMonth = 744
    private let parts: Int

    private init(parts: Int) { self.parts = parts }

    /// A whole number of US cents.
    package init(cents: Int) { parts = cents * Money.hoursOfAMonth }

    /// What so many hours cost at that price a month, in US cents; never more than the month.
    package static func price(ofHours hours: Int, monthly cents: Int) -> Money {
        Money(parts: cents * min(max(hours, 0), hoursOfAMonth))
    }

    /// Exact.
    package static func + (one: Money, other: Money) -> Money { Money(parts: one.parts + other.parts) }
    /// Exact; may be negative.
    package static func - (one: Money, other: Money) -> Money { Money(parts: one.parts - other.parts) }
    /// By the exact amount, not the rounded one.
    package static func < (one: Money, other: Money) -> Bool { one.parts < other.parts }

    /// Nothing.
    package static let zero = Money(parts: 0)

    /// US dollars with two digits of cents, e.g. `3.42`, rounded half up (half away from zero below it).
    ///
    /// Only for showing: add amounts first and round the sum once, which is why items as shown may miss a total by a
    /// cent.
    package var decimal: String {
        var text: [UInt8] = []
        writeDecimal(to: &text)
        return String(decoding: text, as: UTF8.self)
    }

    /// Appends ``decimal`` in ASCII. Digit by digit: a table of 10,000 resources has 30,000 amounts.
    package func writeDecimal(to text: inout [UInt8]) {
        let cents = (abs(parts) + Money.hoursOfAMonth / 2) / Money.hoursOfAMonth
        if parts < 0 && cents > 0 { text.append(UInt8(ascii: "-")) }
        text.append(number: cents / 100)
        text.append(UInt8(ascii: "."))
        text.append(digit: cents / 10 % 10)
        text.append(digit: cents % 10)
    }
}

extension [UInt8] {
    /// Appends the digits of a number that is not negative.
    package mutating func append(number: Int) {
        if number >= 10 { append(number: number / 10) }
        append(digit: number % 10)
    }

    fileprivate mutating func append(digit: Int) { append(UInt8(ascii: "0") + UInt8(digit)) }
}
