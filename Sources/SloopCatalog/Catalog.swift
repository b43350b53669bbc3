package import Foundation
import SloopModel

/// What is on offer: plans with fixed prices, and blueprints.
package struct Catalog: Sendable {
    /// In the order of the file, which is that of price.
    package let plans: [Plan]
    /// By id.
    package let blueprints: [Blueprint]
    package let storage: StoragePrices
    package let network: NetworkPrices

    /// Reads `plans.json` and `blueprints/` of the folder, whole or not at all.
    ///
    /// Throws `invalidInput` that names the file, the field and the reason.
    package static func load(_ folder: URL) throws -> Catalog {
        let (plans, storage, network) = try PlanFile.read(folder.appending(path: "plans.json"))
        let blueprints = try BlueprintFolder.readAll(folder.appending(path: "blueprints"))
        return Catalog(plans: plans, blueprints: blueprints, storage: storage, network: network)
    }

    /// The same with more ids that find blueprints, `alias=blueprint` each. Throws `invalidInput` for one that is not so
    /// written, is taken, or leads nowhere.
    package func adding(aliases: [String]) throws -> Catalog {
        var blueprints = blueprints
        for word in aliases {
            let halves = word.split(separator: "=", omittingEmptySubsequences: false).map(String.init)
            guard halves.count == 2, Blueprint.isAlias(halves[0]) else {
                throw SloopError(
                    .invalidInput, "'\(word.prefix(80))' is no alias of a blueprint",
                    tip: "write it like amazon_linux_2=debian-12")
            }
            if let other = blueprints.first(where: { $0.ids.contains(halves[0]) }) {
                throw SloopError(
                    .invalidInput, "'\(halves[0])' finds the blueprint '\(other.id)' already",
                    tip: "leave the alias out")
            }
            let target = try blueprint(halves[1]).id
            for index in blueprints.indices where blueprints[index].id == target {
                blueprints[index].addedAliases.append(halves[0])
            }
        }
        return Catalog(plans: plans, blueprints: blueprints, storage: storage, network: network)
    }

    /// The plan of that id, or of that bundle of Lightsail. Throws `invalidInput`.
    package func plan(_ id: String) throws -> Plan {
        if let plan = plans.first(where: { $0.id == id || $0.bundles.contains(id) }) { return plan }
        throw Catalog.unknown("plan", id, plans.map { ($0.id, [$0.id] + $0.bundles) })
    }

    /// The blueprint of that id, or of one that Lightsail gives it. Throws `invalidInput`.
    package func blueprint(_ id: String) throws -> Blueprint {
        if let blueprint = blueprints.first(where: { $0.ids.contains(id) }) { return blueprint }
        throw Catalog.unknown("blueprint", id, blueprints.map { ($0.id, $0.ids) })
    }

    private static func unknown(_ what: String, _ id: String, _ entries: [(id: String, names: [String])]) -> SloopError
    {
        let guess = NearestName.id(of: id, among: entries).map { "did you mean '\($0)'? " } ?? ""
        return SloopError(
            .invalidInput, "there is no \(what) '\(id)'",
            tip: "\(guess)choose one of: \(entries.map(\.id).joined(separator: ", "))")
    }

    /// The folder that holds the catalog: the one given; or one above the program, as in a checkout; or where a
    /// package puts it. Throws `invalidInput` if the one given is none, or if none was found.
    package static func locate(_ explicit: URL?) throws -> URL {
        try locate(explicit, program: URL(filePath: "/proc/self/exe").resolvingSymlinksInPath())
    }

    static func locate(_ explicit: URL?, program: URL) throws -> URL {
        func isCatalog(_ folder: URL) -> Bool {
            FileManager.default.fileExists(atPath: folder.appending(path: "plans.json").path)
        }
        if let explicit {
            if isCatalog(explicit) { return explicit }
            throw SloopError(
                .invalidInput, "\(explicit.path) has no plans.json",
                tip: "name the folder that holds plans.json and blueprints/: sloop serve --catalog DIR")
        }
        var candidates: [URL] = []
        var above = program.deletingLastPathComponent()
        for _ in 0..<6 where above.path != "/" {
            candidates += [above, above.appending(path: "share/sloop")]
            above.deleteLastPathComponent()
        }
        candidates += ["/usr/local/share/sloop", "/usr/share/sloop"].map { URL(filePath: $0) }
        if let found = candidates.first(where: isCatalog) { return found }
        throw SloopError(
            .invalidInput, "no catalog was found near \(program.path)",
            tip: "name the folder that holds plans.json and blueprints/: sloop serve --catalog DIR")
    }
}
