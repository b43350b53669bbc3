import Foundation
import SloopCatalog
import SloopModel
import SloopStore
import Testing

@testable import SloopProvisioner

@Suite(.needsSandbox) struct CostTests {
    private let month: TimeInterval = 31 * 24 * 3600

    @Test func theCostIsThatOfTheRows() async throws {
        try await Live.with { live in
            try await live.make("runs")
            try await live.make("stopped")
            try await live.stop("stopped")
            try await live.make("deleted")
            try await live.complete(live.provisioner.instances.delete("deleted"))
            let bills = try await live.rig.store.read { try $0.bills(from: .distantPast, to: .distantFuture) }
            let first = try Month(containing: #require(bills.map(\.since).min()))
            #expect(try await live.provisioner.costs.cost(of: nil).items.count == 3)

            // In the month of their making, and as seen from the next but one.
            for _ in 0..<2 {
                let cost = try await live.provisioner.costs.cost(of: first)
                let now = live.provisioner.world.now()
                #expect(cost.items.map(\.span.name) == ["deleted", "runs", "stopped"])
                #expect(cost.items.map(\.span.state) == [nil, "running", "stopped"])
                for (item, bill) in zip(cost.items, bills) {
                    let plan = try live.rig.catalog.plan("nano")
                    #expect(item.span.monthlyPrice == plan.monthlyPrice && bill.monthlyPrice == plan.monthlyPrice)
                    let begun = hours(of: first, bill, upTo: now)
                    let all = hours(of: first, bill, upTo: .distantFuture)
                    #expect(item.hours == begun)
                    #expect(item.accrued == .price(ofHours: begun, monthly: plan.monthlyPrice))
                    #expect(item.forecast == .price(ofHours: all, monthly: plan.monthlyPrice))
                }
                #expect(cost.accrued == cost.items.map(\.accrued).reduce(.zero, +))
                #expect(cost.forecast == cost.items.map(\.forecast).reduce(.zero, +))
                live.advance(2 * month)
            }
        }
    }

    @Test func aDeletedInstanceIsInItsMonthsBillAndNotInALaterOne() async throws {
        try await Live.with { live in
            try await live.make("deleted")
            try await live.make("lives")
            try await live.complete(live.provisioner.instances.delete("deleted"))
            let bill = try #require(
                try await live.rig.store.read { try $0.bills(from: .distantPast, to: .distantFuture) }
                    .first { $0.name == "deleted" })
            let first = Month(containing: bill.since)
            live.advance(2 * month)
            let then = try await live.provisioner.costs.cost(of: first)
            #expect(then.items.map(\.span.name) == ["deleted", "lives"])
            #expect(then.items.allSatisfy { $0.accrued == $0.forecast && $0.accrued > .zero })
            let later = try await live.provisioner.costs.cost(of: nil)
            #expect(later.month > first && later.items.map(\.span.name) == ["lives"])
            // And nothing before there was anything.
            let earlier = try await live.provisioner.costs.cost(of: Month(parsing: "2020-01"))
            #expect(earlier.items.isEmpty && earlier.accrued == .zero)
        }
    }

    /// Every hour of the month in turn: whether the resource was there in it.
    private func hours(of month: Month, _ bill: BillingRecord, upTo now: Date) -> Int {
        let end = min(bill.until ?? .distantFuture, now)
        return (0..<month.hours).count { hour in
            let from = month.start.addingTimeInterval(Double(hour) * 3600)
            return bill.since < from.addingTimeInterval(3600) && (end > from || bill.since >= from)
        }
    }
}
