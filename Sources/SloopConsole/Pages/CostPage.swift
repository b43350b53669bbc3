import Foundation
import SloopCatalog
import SloopModel
import SloopProvisioner

/// What a month costs, what it will, what the months before did, and what is paid for nothing.
struct CostPage: Page {
    let template = "cost"
    let entry = Menu.cost
    let parts = ["cost-items"]
    /// `2026-11`; nil for this month.
    let month: String?

    /// Another month does not change.
    var path: String? { month == nil ? "/cost" : nil }

    private static let monthsShown = 6

    struct Item: Sendable {
        let resource: String
        let type: String
        let plan: String
        let chip: Chip
        let price: String
        let hours: Int
        let accrued: String
        let forecast: String
        /// Where it is looked at; nil for what is gone.
        let href: String?
    }

    struct Waste: Sendable {
        let words: String
        let price: String
        let href: String
        let advice: String
    }

    struct Content: Sendable {
        let monthName: String
        let isThisMonth: Bool
        let items: [Item]
        let isEmpty: Bool
        let accrued: String
        let forecast: String
        let price: String
        let plot: String
        let months: [MonthLink]
        let wastes: [Waste]
        let hasWastes: Bool
    }

    struct MonthLink: Sendable {
        let label: String
        let total: String
        let isCurrent: Bool
    }

    func title(_ content: Content) -> String { "Cost of \(content.monthName)" }

    func content(_ visit: Visit) async throws -> Content {
        let costs = visit.services.costs
        let this = Month(containing: visit.provisioner.now)
        let wanted = try month.map { try Month(parsing: $0) } ?? this
        let cost = try await costs.cost(of: wanted)
        var all: [MonthlyCost] = []
        var one = this
        for _ in 0..<CostPage.monthsShown {
            all.insert(one == wanted ? cost : try await costs.cost(of: one), at: 0)
            one = Month(containing: one.start.addingTimeInterval(-1))
        }
        let items = cost.items.map { Item($0) }
        let wastes = wanted == this ? cost.items.compactMap { Waste($0) } : []
        return Content(
            monthName: wanted.description, isThisMonth: wanted == this, items: items, isEmpty: items.isEmpty,
            accrued: cost.accrued.decimal, forecast: cost.forecast.decimal, price: cost.monthlyPrice.decimal,
            plot: BarPlot(
                bars: all.map { one in
                    BarPlot.Bar(
                        label: one.month.description, amount: one.accrued.decimal,
                        height: Double(one.accrued.decimal) ?? 0, isCurrent: one.month == wanted)
                },
                title: "US dollars by month: "
                    + all.map { "\($0.month) \($0.accrued.decimal)" }.joined(separator: ", ")
            ).svg,
            months: all.map {
                MonthLink(label: $0.month.description, total: $0.accrued.decimal, isCurrent: $0.month == wanted)
            },
            wastes: wastes, hasWastes: !wastes.isEmpty)
    }
}

extension CostPage.Item {
    init(_ item: MonthlyCost.Item) {
        let span = item.span
        let word = span.condition
        let isIdle = ["stopped", "unattached", "deleted"].contains(word)
        self.init(
            resource: span.name, type: CostPage.noun(span.type), plan: span.plan,
            chip: Chip(word, word == "error" ? .bad : isIdle ? .quiet : .good),
            price: Wording.price(span.monthlyPrice), hours: item.hours, accrued: item.accrued.decimal,
            forecast: item.forecast.decimal,
            href: span.until != nil ? nil : span.type == "Instance" ? "/instances/\(span.name)" : "/storage")
    }
}

extension CostPage.Waste {
    /// Nil for what does something for its price.
    init?(_ item: MonthlyCost.Item) {
        let span = item.span
        guard span.until == nil else { return nil }
        switch (span.type, span.state) {
        case ("Instance", "stopped"):
            self.init(
                words: "The instance \(span.name) is stopped.", price: Wording.price(span.monthlyPrice),
                href: "/instances/\(span.name)",
                advice: "It costs what it costs when it runs. Take a snapshot and delete it, if it is not needed.")
        case ("StaticIp", _):
            self.init(
                words: "The static address \(span.name) is attached to nothing.",
                price: Wording.price(span.monthlyPrice), href: "/storage",
                advice: "Attach it, which costs nothing, or release it.")
        case ("Disk", "available"):
            self.init(
                words: "The disk \(span.name) is attached to nothing.", price: Wording.price(span.monthlyPrice),
                href: "/storage", advice: "Attach it, or delete it.")
        default: return nil
        }
    }
}

extension CostPage {
    /// Lightsail's types in words.
    fileprivate static func noun(_ type: String) -> String {
        switch type {
        case "Instance": "instance"
        case "StaticIp": "static address"
        case "Disk": "disk"
        case "InstanceSnapshot": "snapshot of an instance"
        case "DiskSnapshot": "snapshot of a disk"
        default: type
        }
    }
}
