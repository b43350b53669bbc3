import SloopCatalog
import SloopModel

/// How many machines of a blueprint and a plan are kept ready.
package struct WarmKind: Sendable, Hashable {
    package let blueprint: String
    package let plan: String
    package let count: Int

    /// Reads `debian-12:nano=2`. Throws `invalidInput` for anything else.
    package init(parsing text: String) throws {
        let halves = text.split(separator: "=", omittingEmptySubsequences: false)
        let names = halves.first?.split(separator: ":", omittingEmptySubsequences: false) ?? []
        guard halves.count == 2, names.count == 2, let count = Int(halves[1]), (1...100).contains(count) else {
            throw SloopError(
                .invalidInput, "'\(text.prefix(80))' does not say what is to be kept ready",
                tip: "name a blueprint, a plan and a number up to 100: --warm debian-12:nano=2")
        }
        blueprint = String(names[0])
        plan = String(names[1])
        self.count = count
    }

    /// Throws `invalidInput` or `notOffered` for what is not in the catalog, or cannot be kept.
    func check(_ catalog: Catalog) throws {
        let blueprint = try catalog.blueprint(blueprint)
        _ = try catalog.plan(plan)
        guard blueprint.service == nil, try catalog.image(of: blueprint.id)?.image.firstBoot == nil else {
            throw SloopError(
                .notOffered,
                "machines of the blueprint '\(blueprint.id)' cannot be kept ready: at their first start they make what has "
                    + "the name of the instance in it",
                tip: "use one without service.sh and firstboot.sh, such as debian-12")
        }
    }

    /// What a machine was made by, as far as it matters to who gets it: one that was made by something else is replaced.
    static func recipe(image: String?, _ plan: Plan) -> String {
        "\(image ?? "-") \(plan.id) \(plan.vcpus) \(plan.memoryMB) \(plan.diskGB)"
    }
}
