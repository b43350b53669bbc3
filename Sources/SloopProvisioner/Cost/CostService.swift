package import SloopCatalog
import SloopModel
import SloopStore

/// What a month costs.
package struct CostService: Sendable {
    let world: World

    /// The month's cost, from the spans in the store; nil is this month.
    package func cost(of month: Month?) async throws -> MonthlyCost {
        let now = world.now()
        let month = month ?? Month(containing: now)
        let spans = try await world.store.read { tables in
            let states = try Dictionary(uniqueKeysWithValues: tables.instances().map { ($0.id.value, $0.state) })
            return try tables.bills(from: month.start, to: month.end).map { bill in
                BilledSpan(
                    resource: bill.resource, name: bill.name, type: bill.type, plan: bill.plan,
                    monthlyPrice: bill.monthlyPrice, since: bill.since, until: bill.until,
                    isStopped: states[bill.resource] == .stopped)
            }
        }
        return MonthlyCost.compute(month: month, spans: spans, now: now)
    }
}
