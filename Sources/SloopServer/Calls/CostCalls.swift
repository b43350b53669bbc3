import LightsailAPI
import SloopCatalog
import SloopModel
import SloopProvisioner

extension CallTable {
    mutating func addCostCalls() {
        add(SloopAPI.GetMonthlyCost.self) { caller, input in
            let cost = try await caller.costs.cost(of: try input.month.map { try Month(parsing: $0) })
            let states = try await Dictionary(
                uniqueKeysWithValues: caller.instances.list().map { ($0.instance.id.value, $0.instance.state) })
            return .init(
                month: cost.month.description, currency: "USD",
                items: cost.items.map { item in
                    let span = item.span
                    let state = span.until == nil ? states[span.resource]?.rawValue : nil
                    return .init(
                        resource: span.name, type: span.type, plan: span.plan,
                        monthlyPrice: Money(cents: span.monthlyPrice).decimal, hours: item.hours,
                        accrued: item.accrued.decimal, forecast: item.forecast.decimal, state: state ?? "deleted",
                        since: span.since, until: span.until)
                },
                total: .init(
                    monthlyPrice: cost.monthlyPrice.decimal,
                    accrued: cost.accrued.decimal, forecast: cost.forecast.decimal))
        }
    }
}
