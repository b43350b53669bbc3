package import Foundation

/// How long a resource was there to be billed, and at what price.
package struct BilledSpan: Hashable, Sendable {
    /// The id, which stays its own when a name is used again.
    package let resource: String
    /// The name that people gave it.
    package let name: String
    /// Lightsail's resource type, e.g. `Instance`.
    package let type: String
    /// The plan's id.
    package let plan: String
    /// US cents a month, as they were when the resource was made.
    package let monthlyPrice: Int
    /// When it was made.
    package let since: Date
    /// Nil while it is there.
    package let until: Date?
    /// Its state, e.g. `stopped`, as which an instance is billed all the same; nil if nothing with that id is there.
    package let state: String?

    /// Takes every field as it is.
    package init(
        resource: String, name: String, type: String, plan: String, monthlyPrice: Int, since: Date, until: Date?,
        state: String?
    ) {
        self.resource = resource
        self.name = name
        self.type = type
        self.plan = plan
        self.monthlyPrice = monthlyPrice
        self.since = since
        self.until = until
        self.state = state
    }

    /// In a word for people, what it is billed as: its state, `deleted` once it is gone, or `unattached`, which is what a
    /// static address is billed for.
    package var condition: String {
        guard until == nil else { return "deleted" }
        return type == "StaticIp" ? "unattached" : state ?? "deleted"
    }
}

/// What a month costs: one item a resource, and the totals.
///
/// Every hour of the clock (UTC) that a resource was there in, however shortly, is billed with 1/744 of the monthly
/// price, so a month never costs more than its price. This follows Lightsail, except that Lightsail does not say
/// how it rounds hours. `docs/decisions/0003-money.md` says why.
package struct MonthlyCost: Sendable {
    /// One resource's share of the month.
    package struct Item: Sendable {
        /// What is billed.
        package let span: BilledSpan
        /// Hours begun until now, in this month.
        package let hours: Int
        /// Due until now.
        package let accrued: Money
        /// Due at the end of the month if nothing changes.
        package let forecast: Money
    }

    /// The exact sums of items.
    package struct Totals: Sendable {
        /// Of the items' accrued amounts.
        package fileprivate(set) var accrued = Money.zero
        /// Of the items' forecasts.
        package fileprivate(set) var forecast = Money.zero
        /// Of the prices a month of those items that are still there.
        package fileprivate(set) var monthlyPrice = Money.zero
    }

    /// The month that was asked for.
    package let month: Month
    /// One a span that touches the month, in the order of the spans.
    package let items: [Item]
    /// The sums of the items.
    package let totals: Totals

    /// See ``Totals/accrued``.
    package var accrued: Money { totals.accrued }
    /// See ``Totals/forecast``.
    package var forecast: Money { totals.forecast }
    /// See ``Totals/monthlyPrice``.
    package var monthlyPrice: Money { totals.monthlyPrice }

    /// Takes every field as it is.
    package init(month: Month, items: [Item], totals: Totals) {
        self.month = month
        self.items = items
        self.totals = totals
    }

    /// The cost of the month as it is known at `now`, which may lie before, in or after the month.
    package static func compute(month: Month, spans: [BilledSpan], now: Date) -> MonthlyCost {
        var count = Count(of: month, now: now)
        let items = spans.compactMap { count.add($0) }
        return MonthlyCost(month: month, items: items, totals: count.totals)
    }

    /// Counts a month's cost one span after the other, for who need not keep them all.
    package struct Count {
        /// Of what was added so far.
        package private(set) var totals = Totals()
        private let hours: Hours
        private let now: Date

        /// The same as ``MonthlyCost/compute(month:spans:now:)`` takes.
        package init(of month: Month, now: Date) {
            hours = Hours(of: month)
            self.now = now
        }

        /// The span's share of the month; nil if it does not touch it.
        package mutating func add(_ span: BilledSpan) -> Item? {
            let until = span.until ?? .distantFuture
            let all = hours.touched(from: span.since, until: until)
            guard all > 0 else { return nil }
            let begun = span.since > now ? 0 : hours.touched(from: span.since, until: min(until, now))
            let item = Item(
                span: span, hours: begun, accrued: .price(ofHours: begun, monthly: span.monthlyPrice),
                forecast: .price(ofHours: all, monthly: span.monthlyPrice))
            totals.accrued = totals.accrued + item.accrued
            totals.forecast = totals.forecast + item.forecast
            if span.until == nil { totals.monthlyPrice = totals.monthlyPrice + Money(cents: span.monthlyPrice) }
            return item
        }
    }

    /// The hours of the clock in a month, numbered from 1970 on.
    private struct Hours {
        let all: Range<Int>
        let end: Date

        init(of month: Month) {
            all = Int(month.start.timeIntervalSince1970) / 3600..<Int(month.end.timeIntervalSince1970) / 3600
            end = month.end
        }

        /// How many of them the time from the one to the other touches. A time that ends on the hour does not touch the next
        /// one; one that ends where it began touches the hour that it is in.
        func touched(from since: Date, until: Date) -> Int {
            let from = Int((since.timeIntervalSince1970 / 3600).rounded(.down))
            var to = Int((min(until, end).timeIntervalSince1970 / 3600).rounded(.up))
            if until < end { to = max(to, from + 1) }
            return max(0, min(to, all.upperBound) - max(from, all.lowerBound))
        }
    }
}
