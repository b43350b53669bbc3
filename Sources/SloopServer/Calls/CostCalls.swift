import LightsailAPI
import SloopCatalog
import SloopModel
import SloopProvisioner

extension CallTable {
    mutating func addCostCalls() {
        add(Lightsail.GetCostEstimate.self) { caller, input in
            let name = try input.resourceName.required("resourceName")
            let start = try input.startTime.required("startTime")
            let end = try input.endTime.required("endTime")
            let months = try await caller.costs.estimate(of: name, from: start, to: end)
            return .init(
                resourcesBudgetEstimate: [
                    Lightsail.ResourceBudgetEstimate(
                        resourceName: name, resourceType: months.type,
                        costEstimates: [
                            Lightsail.CostEstimate(
                                usageType: months.type,
                                resultsByTime: months.parts.map { part in
                                    Lightsail.EstimateByTime(
                                        usageCost: Double(part.cost.decimal), pricingUnit: "Hrs",
                                        unit: Double(part.hours), currency: "USD",
                                        timePeriod: Lightsail.TimePeriod(start: part.start, end: part.end))
                                })
                        ], startTime: start, endTime: end)
                ])
        }
        add(SloopAPI.GetMonthlyCost.self) { caller, input in
            let cost = try await caller.costs.cost(of: try input.month.map { try Month(parsing: $0) })
            return .init(
                month: cost.month.description, currency: "USD",
                items: cost.items.map { item in
                    let span = item.span
                    // A static address is billed only while it is attached to nothing.
                    let state = span.until != nil ? nil : span.type == "StaticIp" ? "unattached" : span.state
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
