import Foundation
import SloopCatalog
import SloopModel
import SloopProvisioner

/// From a platform to a running server, in one form.
struct CreatePage: Page {
    let template = "create"
    let entry = Menu.instances
    /// What was filled in before, or the address asks for.
    var given = FormFields("")
    var preset: [String: String] = [:]
    var faults: Faults = [:]

    struct Choice: Sendable {
        let id: String
        let label: String
        let words: String
        let isChosen: Bool
        /// Why it cannot be had; nil if it can.
        let obstacle: String?
    }

    struct PlanChoice: Sendable {
        let id: String
        let label: String
        let memory: String
        let processors: String
        let disk: String
        let transfer: String
        let price: String
        let hourly: String
        /// US cents, for the sum.
        let cents: Int
        let isChosen: Bool
    }

    struct Content: Sendable {
        let systems: [Choice]
        let applications: [Choice]
        let keyPairs: [Choice]
        let isNewKey: Bool
        let newKeyName: String
        let plans: [PlanChoice]
        let script: String
        let instanceName: String
        let number: String
        let tagText: String
        let sum: String
        let sumHourly: String
        let sumWords: String
        let faults: Faults
        let hasFaults: Bool
    }

    func title(_ content: Content) -> String { "Create an instance" }

    private func value(_ name: String, _ usual: String) -> String {
        given.values[name]?.first ?? preset[name] ?? usual
    }

    func content(_ visit: Visit) async throws -> Content {
        let catalog = visit.services.catalog
        let offered = catalog.blueprints.filter { visit.provisioner.obstacle(to: $0) == nil }
        // What others are made on is made here, and is what most have an image of already.
        let bases = offered.compactMap(\.image?.source.base)
        let usual = offered.first { bases.contains($0.id) } ?? offered.first { $0.kind == .os } ?? offered.first
        let blueprint = value("blueprint", usual?.id ?? "")
        let pairs = try await visit.services.keyPairs.list().filter { $0.pair.name != DefaultKeyPair.name }
        let pair = value("key", pairs.first.map { "pair:\($0.pair.name)" } ?? "new")
        let plan = catalog.plans.first { $0.id == value("plan", "") } ?? catalog.plans.first
        let number = min(Visit.mostAtOnce, max(1, Int(value("count", "1")) ?? 1))
        let cents = (plan?.monthlyPrice ?? 0) * number
        func choices(_ kind: Blueprint.Kind) -> [Choice] {
            catalog.blueprints.filter { $0.kind == kind }.map { one in
                let obstacle = visit.provisioner.obstacle(to: one).map(Wording.sentence)
                return Choice(
                    id: one.id, label: one.name, words: one.description,
                    isChosen: one.id == blueprint && obstacle == nil, obstacle: obstacle)
            }.sorted { ($0.obstacle == nil ? 0 : 1) < ($1.obstacle == nil ? 0 : 1) }
        }
        return Content(
            systems: choices(.os), applications: choices(.app),
            keyPairs: pairs.map { view in
                Choice(
                    id: "pair:\(view.pair.name)", label: view.pair.name, words: view.pair.fingerprint,
                    isChosen: pair == "pair:\(view.pair.name)", obstacle: nil)
            } + [
                Choice(
                    id: "default", label: "Default key pair", words: "Kept here, to be downloaded at any time.",
                    isChosen: pair == "default", obstacle: nil)
            ],
            isNewKey: pair == "new", newKeyName: value("new-key", pairs.isEmpty ? "my-key" : ""),
            plans: catalog.plans.map { one in
                PlanChoice(
                    id: one.id, label: one.name, memory: Wording.memory(one.memoryMB),
                    processors: Wording.count(one.vcpus, "CPU"), disk: Wording.size(one.diskGB),
                    transfer: Wording.size(one.transferGB), price: Wording.price(one.monthlyPrice),
                    hourly: Wording.hourly(one.monthlyPrice), cents: one.monthlyPrice, isChosen: one.id == plan?.id)
            },
            script: given.text("script"), instanceName: value("name", ""), number: value("count", "1"),
            tagText: value("tags", ""), sum: Wording.price(cents), sumHourly: Wording.hourly(cents),
            sumWords: "\(number) × \(plan?.name ?? "")", faults: faults, hasFaults: !faults.isEmpty)
    }
}

extension Blueprint.Image.Source {
    /// The blueprint whose image it begins with; nil if it begins with none.
    fileprivate var base: String? {
        switch self {
        case .bake(let base, _), .same(let base): base
        case .script: nil
        }
    }
}
