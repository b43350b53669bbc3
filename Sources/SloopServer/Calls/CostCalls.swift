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
                    return .init(
                        resource: span.name, type: span.type, plan: span.plan,
                        monthlyPrice: Money(cents: span.monthlyPrice).decimal, hours: item.hours,
                        accrued: item.accrued.decimal, forecast: item.forecast.decimal, state: span.condition,
                        since: span.since, until: span.until)
                },
                total: .init(cost.totals))
        }
        add(SloopAPI.GetCostTable.self) { caller, input in
            let month = try input.month.map { try Month(parsing: $0) }
            let cost = try await caller.costs.gather(month, into: TextRows()) { rows, item in
                let span = item.span
                rows.add(span.name)
                rows.add(span.type)
                rows.add(span.plan)
                rows.add(span.condition)
                rows.add { Money(cents: span.monthlyPrice).writeDecimal(to: &$0) }
                rows.add { $0.append(number: item.hours) }
                rows.add { item.accrued.writeDecimal(to: &$0) }
                rows.add { item.forecast.writeDecimal(to: &$0) }
                rows.endRow()
            }
            return .init(month: cost.month.description, currency: "USD", rows: cost.value, total: .init(cost.totals))
        }
    }
}

extension SloopAPI.CostTotal {
    fileprivate init(_ totals: MonthlyCost.Totals) {
        self.init(
            monthlyPrice: totals.monthlyPrice.decimal, accrued: totals.accrued.decimal,
            forecast: totals.forecast.decimal)
    }
}
