import Foundation
import SloopModel
@testable import SloopCatalog
import Testing

/// The same numbers every time (SplitMix64).
struct Dice: RandomNumberGenerator {
    var state: UInt64
    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}

private func time(_ text: String) throws -> Date { try Date(text, strategy: .iso8601) }

private func span(_ cents: Int, _ since: Date, _ until: Date?) -> BilledSpan {
    BilledSpan(
        resource: "i", name: "web", type: "Instance", plan: "nano", monthlyPrice: cents, since: since, until: until,
        state: nil)
}

/// Counts, hour for hour of the clock, those that the time from the one to the other touches.
private func countHours(_ month: Month, _ since: Date, _ until: Date) -> Int {
    var count = 0
    var hour = month.start
    while hour < month.end {
        let next = hour.addingTimeInterval(3600)
        let touches = since < next && until > hour
        let isMoment = since == until && since >= hour && since < next
        if touches || isMoment { count += 1 }
        hour = next
    }
    return count
}

@Suite struct MonthlyCostTests {
    @Test func everyFigureIsThatOfACountHourByHour() throws {
        var dice = Dice(state: 20_261_123)
        for round in 0..<2500 {
            let month = try Month(parsing: ["2026-02", "2028-02", "2026-11", "2026-12", "2026-10"][round % 5])
            let base = month.start.timeIntervalSince1970
            func moment() -> Date {
                let hours = Int.random(in: -100...850, using: &dice)
                let offset = [0, 0, 1, 1800, 3599].randomElement(using: &dice) ?? 0
                return Date(timeIntervalSince1970: base + Double(hours * 3600 + offset))
            }
            let since = moment()
            let end = moment()
            let until = Bool.random(using: &dice) ? nil : max(since, end)
            let now = moment()
            let cents = [1, 500, 700, 38_400].randomElement(using: &dice) ?? 1
            let cost = MonthlyCost.compute(month: month, spans: [span(cents, since, until)], now: now)
            let begun = since > now ? 0 : countHours(month, since, min(until ?? now, now))
            let all = countHours(month, since, until ?? .distantFuture)
            #expect((cost.items.first?.hours ?? 0) == begun, "\(since) \(String(describing: until)) \(now)")
            #expect(cost.accrued == .price(ofHours: begun, monthly: cents))
            #expect(cost.forecast == .price(ofHours: all, monthly: cents))
            #expect(cost.forecast <= Money(cents: cents))
        }
    }

    @Test func theMonthsOfASpanAddUpToItsHoursAndNeverToMoreThanTheirPrices() throws {
        var dice = Dice(state: 744)
        let first = try Month(parsing: "2027-11")
        for _ in 0..<1000 {
            let begin =
                first.start.timeIntervalSince1970
                + Double(
                    Int.random(in: 0..<5555, using: &dice) * 3600 + ([0, 1, 3599].randomElement(using: &dice) ?? 0))
            let seconds = Int.random(in: 0..<30_000_000, using: &dice)
            let length = [0, seconds, seconds / 3600 * 3600].randomElement(using: &dice) ?? 0
            let since = Date(timeIntervalSince1970: begin)
            let until = since.addingTimeInterval(Double(length))
            let now = until.addingTimeInterval(1)
            var month = Month(containing: since)
            var (hours, months, sum) = (0, 0, Money.zero)
            while month.start <= until {
                let cost = MonthlyCost.compute(month: month, spans: [span(500, since, until)], now: now)
                hours += cost.items.first?.hours ?? 0
                months += 1
                sum = sum + cost.accrued
                #expect(cost.forecast == cost.accrued)
                month = Month(containing: month.end)
            }
            let clock = Int((until.timeIntervalSince1970 / 3600).rounded(.up)) - Int(begin) / 3600
            #expect(hours == max(1, clock), "\(since) \(until)")
            #expect(sum <= Money(cents: 500 * months))
        }
    }

    @Test func twoResourcesInTheSameHourCostTwoHours() throws {
        let one = span(500, try time("2026-11-05T10:10:00Z"), try time("2026-11-05T10:20:00Z"))
        let two = span(500, try time("2026-11-05T10:40:00Z"), try time("2026-11-05T10:50:00Z"))
        let cost = MonthlyCost.compute(
            month: try Month(parsing: "2026-11"), spans: [one, two], now: try time("2026-11-06T00:00:00Z"))
        #expect(cost.items.map(\.hours) == [1, 1])
        #expect(cost.accrued == .price(ofHours: 2, monthly: 500))
    }

    @Test(arguments: [
        ("10:00:00", "11:00:00", 1), ("10:00:00", "11:00:01", 2), ("10:59:59", "11:00:01", 2),
        ("10:00:00", "10:00:00", 1), ("10:59:00", "11:00:00", 1),
    ])
    func anHourOfTheClockCountsOnceTouched(since: String, until: String, hours: Int) throws {
        let cost = MonthlyCost.compute(
            month: try Month(parsing: "2026-11"),
            spans: [span(500, try time("2026-11-05T\(since)Z"), try time("2026-11-05T\(until)Z"))],
            now: try time("2026-11-06T00:00:00Z"))
        #expect(cost.items.map(\.hours) == [hours])
    }

    @Test func theSumOfMonthlyPricesLeavesOutWhatIsGone() throws {
        let gone = span(700, try time("2026-11-01T00:00:00Z"), try time("2026-11-02T00:00:00Z"))
        let cost = MonthlyCost.compute(
            month: try Month(parsing: "2026-11"), spans: [gone, span(500, try time("2026-11-01T00:00:00Z"), nil)],
            now: try time("2026-11-06T00:00:00Z"))
        #expect(cost.items.count == 2)
        #expect(cost.monthlyPrice.decimal == "5.00")
    }

    @Test func centsAreRoundedHalfUpWhenShown() {
        #expect(Money.price(ofHours: 371, monthly: 1).decimal == "0.00")
        #expect(Money.price(ofHours: 372, monthly: 1).decimal == "0.01")
        #expect(Money.price(ofHours: 745, monthly: 384_00).decimal == "384.00")
        #expect((Money.zero - Money(cents: 342)).decimal == "-3.42")
        #expect((Money.zero - .price(ofHours: 1, monthly: 1)).decimal == "0.00")
    }

    @Test func anInstanceOfTheWholeMonthCostsItsPriceAndNoCentMoreInTheLongest() throws {
        let spans = [span(500, try time("2026-01-01T00:00:00Z"), nil)]
        let now = try time("2027-01-01T00:00:00Z")
        func total(_ month: String) throws -> String {
            MonthlyCost.compute(month: try Month(parsing: month), spans: spans, now: now).accrued.decimal
        }
        #expect(try total("2026-12") == "5.00")
        #expect(try total("2026-11") == "4.84")
        #expect(try total("2026-02") == "4.52")
    }

    @Test func anInstanceThatLivedAMinuteCostsAnHour() throws {
        let spans = [span(500, try time("2026-11-05T10:30:00Z"), try time("2026-11-05T10:31:00Z"))]
        let cost = MonthlyCost.compute(
            month: try Month(parsing: "2026-11"), spans: spans, now: try time("2026-11-06T00:00:00Z"))
        #expect(cost.items.map(\.hours) == [1])
        #expect(cost.accrued.decimal == "0.01")
        #expect(cost.forecast == cost.accrued)
    }

    @Test func totalsAreRoundedOnceAndNotPerItem() throws {
        let one = span(500, try time("2026-11-05T10:30:00Z"), try time("2026-11-05T10:31:00Z"))
        let cost = MonthlyCost.compute(
            month: try Month(parsing: "2026-11"), spans: Array(repeating: one, count: 100),
            now: try time("2026-11-06T00:00:00Z"))
        #expect(cost.accrued.decimal == "0.67")
    }

    @Test func aMonthToComeHasAForecastAndNothingAccrued() throws {
        let spans = [span(700, try time("2026-11-05T10:30:00Z"), nil)]
        let cost = MonthlyCost.compute(
            month: try Month(parsing: "2026-12"), spans: spans, now: try time("2026-11-06T00:00:00Z"))
        #expect(cost.accrued == .zero)
        #expect(cost.forecast.decimal == "7.00")
    }

    @Test func aResourceOfAnotherMonthIsNotListed() throws {
        let spans = [span(700, try time("2026-10-05T10:30:00Z"), try time("2026-11-01T00:00:00Z"))]
        let cost = MonthlyCost.compute(
            month: try Month(parsing: "2026-11"), spans: spans, now: try time("2026-11-06T00:00:00Z"))
        #expect(cost.items.isEmpty)
    }

    @Test(arguments: ["2026-13", "2026-00", "26-11", "2026-1", "november", "", "2026-11-01", "-026-11"])
    func whatIsNoMonthIsRefused(text: String) {
        #expect(throws: SloopError.self) { _ = try Month(parsing: text) }
    }

    @Test func monthsKnowTheirHours() throws {
        #expect(try Month(parsing: "2026-02").hours == 672)
        #expect(try Month(parsing: "2028-02").hours == 696)
        #expect(try Month(parsing: "2026-11").hours == 720)
        #expect(try Month(parsing: "2026-12").description == "2026-12")
        #expect(try Month(containing: time("2026-12-31T23:59:59Z")) == Month(parsing: "2026-12"))
    }
}
