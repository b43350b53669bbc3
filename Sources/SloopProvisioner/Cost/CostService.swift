package import Foundation
package import SloopCatalog
import SloopModel
import SloopStore

/// What a month costs.
package struct CostService: Sendable {
    let world: World

    /// The month's cost, from the spans in the store; nil is this month.
    package func cost(of month: Month?) async throws -> MonthlyCost {
        let (month, items, totals) = try await gather(month, into: []) { $0.append($1) }
        return MonthlyCost(month: month, items: items, totals: totals)
    }

    /// The same, for who need not keep the items: gives each in turn, by name.
    package func gather<Value: Sendable>(
        _ month: Month?, into start: Value, _ body: @escaping @Sendable (inout Value, MonthlyCost.Item) -> Void
    ) async throws -> (month: Month, value: Value, totals: MonthlyCost.Totals) {
        let now = world.now()
        let month = month ?? Month(containing: now)
        return try await world.store.read { tables in
            var count = MonthlyCost.Count(of: month, now: now)
            var value = start
            try tables.eachBill(from: month.start, to: month.end) { bill, state in
                let span = BilledSpan(
                    resource: bill.resource, name: bill.name, type: bill.type, plan: bill.plan,
                    monthlyPrice: bill.monthlyPrice, since: bill.since, until: bill.until, state: state)
                if let item = count.add(span) { body(&value, item) }
            }
            return (month, value, count.totals)
        }
    }

    /// What a resource cost in a span of time, month by month.
    package struct Estimate: Sendable {
        /// Lightsail's resource type.
        package let type: String
        package let parts: [(start: Date, end: Date, hours: Int, cost: Money)]
    }

    /// What the resource of that name cost from the one time to the other, which may be in the future.
    ///
    /// Throws `invalidInput` if the times are in the wrong order or more than two years apart, `notFound` if nothing
    /// of that name was billed then.
    package func estimate(of name: String, from start: Date, to end: Date) async throws -> Estimate {
        guard start < end, end.timeIntervalSince(start) <= 2 * 366 * 86400,
            (0...4e9).contains(start.timeIntervalSince1970)
        else {
            throw SloopError(
                .invalidInput, "the end of the time is not after its start, or more than two years after it",
                tip: "give startTime and endTime in seconds since 1970")
        }
        let bills = try await world.store.read { try $0.bills(from: start, to: end).filter { $0.name == name } }
        guard let type = bills.first?.type else {
            throw SloopError(
                .notFound, "nothing named '\(name)' was billed in that time", tip: "see what is: sloop cost")
        }
        let spans = bills.map { bill in
            let until = min(bill.until ?? end, end)
            return BilledSpan(
                resource: bill.resource, name: bill.name, type: bill.type, plan: bill.plan,
                monthlyPrice: bill.monthlyPrice, since: max(bill.since, start), until: until, state: nil)
        }
        var parts: [(start: Date, end: Date, hours: Int, cost: Money)] = []
        var month = Month(containing: start)
        while month.start < end {
            let cost = MonthlyCost.compute(month: month, spans: spans, now: end)
            parts.append(
                (max(month.start, start), min(month.end, end), cost.items.map(\.hours).reduce(0, +), cost.accrued))
            month = Month(containing: month.end)
        }
        return Estimate(type: type, parts: parts)
    }
}
