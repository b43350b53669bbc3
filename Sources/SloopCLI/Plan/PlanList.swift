import ArgumentParser
import LightsailAPI

struct PlanList: Verb {
    static let configuration = CommandConfiguration(commandName: "list", abstract: "Lists the plans.")

    @OptionGroup var connection: ConnectionOptions

    func perform(_ api: APIClient) async throws {
        let plans = try await api.call(SloopAPI.GetCatalog.self, .init()).plans
        try connection.show(plans) { style in
            var table = Table([
                "PLAN", .number("USD/MONTH"), .number("VCPUS"), .number("MEMORY"), .number("DISK"),
                .number("TRANSFER/MONTH"), "BUNDLES",
            ])
            table.rows = plans.map { plan in
                [
                    plan.id, plan.monthlyPrice, "\(plan.vcpus)", Size.megabytes(plan.memoryMB), "\(plan.diskGB) GB",
                    Size.megabytes(plan.transferGB * 1024), plan.bundles.joined(separator: " "),
                ]
            }
            return table.text(style)
        }
    }
}

/// Sizes as a person reads them.
enum Size {
    /// `512 MB`, `1 GB`, `2.5 GB`, `1 TB`.
    static func megabytes(_ megabytes: Int) -> String {
        switch megabytes {
        case ..<1024: "\(megabytes) MB"
        case ..<(1024 * 1024): "\(tenths(megabytes, in: 1024)) GB"
        default: "\(tenths(megabytes, in: 1024 * 1024)) TB"
        }
    }

    private static func tenths(_ amount: Int, in unit: Int) -> String {
        let tenths = (amount * 10 + unit / 2) / unit
        return tenths % 10 == 0 ? "\(tenths / 10)" : "\(tenths / 10).\(tenths % 10)"
    }
}
