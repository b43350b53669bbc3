import ArgumentParser
import LightsailAPI

struct CostCommand: Verb {
    static let configuration = CommandConfiguration(
        commandName: "cost", abstract: "Shows what every resource costs in a month.")

    @Option(help: ArgumentHelp("The month, in UTC; this month if not given.", valueName: "yyyy-mm"))
    var month: String?

    @OptionGroup var connection: ConnectionOptions

    func perform(_ api: APIClient) async throws {
        let cost = try await api.call(SloopAPI.GetMonthlyCost.self, .init(month: month))
        try connection.show(cost) { style in
            var table = Table([
                "RESOURCE", "TYPE", "PLAN", .state("STATE"), .number("\(cost.currency)/MONTH"), .number("HOURS"),
                .number("ACCRUED"), .number("FORECAST"),
            ])
            table.rows = cost.items.map { item in
                [
                    item.resource, item.type, item.plan, item.state, item.monthlyPrice, "\(item.hours)", item.accrued,
                    item.forecast,
                ]
            }
            let total = cost.total
            table.totals = [
                ["TOTAL \(cost.month)", "", "", "", total.monthlyPrice, "", total.accrued, total.forecast]
            ]
            return ([table.text(style)] + savings(cost.items)).joined(separator: "\n\n")
        }
    }

    /// What is paid for and does not run.
    private func savings(_ items: [SloopAPI.CostItemDetails]) -> [String] {
        let stopped = items.filter { $0.state == "stopped" }.map(\.resource)
        guard !stopped.isEmpty else { return [] }
        return ["stopped, and billed until deleted: \(stopped.joined(separator: ", "))"]
    }
}
