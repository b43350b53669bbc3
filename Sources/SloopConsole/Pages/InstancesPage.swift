import SloopCatalog
import SloopModel
import SloopProvisioner

/// What runs, at a glance.
struct InstancesPage: Page {
    let template = "instances"
    let entry = Menu.instances
    let parts = ["instance-cards"]
    let path: String? = "/instances"

    struct Card: Sendable {
        let name: String
        let chip: Chip
        let stateReason: String?
        let address: String
        /// Where its web page is; nil if it serves none, or does not run.
        let url: String?
        let blueprint: String
        let plan: String
        let price: String
        let launch: Chip?
        let tags: [String]
        /// What waits: a key that is to be changed when the instance is back.
        let waiting: String?
    }

    struct Content: Sendable {
        let cards: [Card]
        let isEmpty: Bool
        let summary: String
        let total: String
    }

    func title(_ content: Content) -> String { "Instances" }

    func content(_ visit: Visit) async throws -> Content {
        let views = try await visit.services.instances.list()
        let running = views.count { $0.instance.state == .running }
        return Content(
            cards: views.map { Card($0, visit.services.catalog) }, isEmpty: views.isEmpty,
            summary: "\(Wording.count(views.count, "instance")), \(running) running",
            total: Wording.price(views.map(\.instance.monthlyPrice).reduce(0, +)))
    }
}

extension InstancesPage.Card {
    init(_ view: InstanceService.View, _ catalog: Catalog) {
        let instance = view.instance
        self.init(
            name: instance.name, chip: Wording.chip(instance.state), stateReason: instance.stateReason,
            address: instance.publicAddress, url: instance.state == .running ? view.pageURL : nil,
            blueprint: view.blueprint?.name ?? instance.blueprint,
            plan: (try? catalog.plan(instance.plan).name) ?? instance.plan,
            price: Wording.price(instance.monthlyPrice), launch: view.launch.map { Wording.chip($0) },
            tags: Wording.tags(instance.tags),
            waiting: view.openTargets.isEmpty ? nil : "A key is being changed")
    }
}

extension Wording {
    /// `team: blue`, sorted.
    static func tags(_ tags: [String: String]) -> [String] {
        tags.sorted { $0.key < $1.key }.map { $0.value.isEmpty ? $0.key : "\($0.key): \($0.value)" }
    }
}
