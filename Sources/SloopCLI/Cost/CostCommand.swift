import ArgumentParser
import LightsailAPI

struct CostCommand: Verb {
    static let configuration = CommandConfiguration(
        commandName: "cost", abstract: "Shows what every resource costs in a month.")

    @Option(help: ArgumentHelp("The month, in UTC; this month if not given.", valueName: "yyyy-mm"))
    var month: String?

    @OptionGroup var connection: ConnectionOptions

    func perform(_ api: APIClient) async throws {
        if connection.isJSON {
            let cost = try await api.call(SloopAPI.GetMonthlyCost.self, .init(month: month))
            return Terminal.current.print(try JSONDocument.text(cost))
        }
        let cost = try await api.call(SloopAPI.GetCostTable.self, .init(month: month))
        var table = Table(
            [
                "RESOURCE", "TYPE", "PLAN", .state("STATE"), .number("\(cost.currency)/MONTH"), .number("HOURS"),
                .number("ACCRUED"), .number("FORECAST"),
            ], cost.rows)
        let total = cost.total
        table.totals = [
            ["TOTAL \(cost.month)", "", "", "", total.monthlyPrice, "", total.accrued, total.forecast]
        ]
        let terminal = Terminal.current
        terminal.print(table)
        // What is paid for and does not run.
        let stopped = table.rows(where: 3, is: "stopped").map { $0[0] }.joined(separator: ", ")
        if !stopped.isEmpty { terminal.print("\nstopped, and billed until deleted: \(stopped)") }
    }
}
