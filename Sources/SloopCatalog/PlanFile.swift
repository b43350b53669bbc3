import Foundation

/// `plans.json`.
enum PlanFile {
    static func read(_ url: URL) throws -> (plans: [Plan], storage: StoragePrices, network: NetworkPrices) {
        var file = try StrictObject.read(url)
        var plans: [Plan] = []
        for var entry in try file.objects("plans") {
            let plan = try Plan(
                id: entry.text("id"), name: entry.text("name"), monthlyPrice: entry.price("monthlyPriceUSD"),
                vcpus: entry.count("vcpus"), memoryMB: entry.count("memoryMB"), diskGB: entry.count("diskGB"),
                transferGB: entry.count("transferGB"), power: entry.count("power"))
            try entry.end()
            guard plan.id.allSatisfy({ $0.isASCII && ($0.isLowercase || $0.isNumber) }) else {
                throw entry.fault("id", "is '\(plan.id)'; only lower-case letters and digits make an id")
            }
            guard !plans.contains(where: { $0.id == plan.id }) else {
                throw entry.fault("id", "'\(plan.id)' is there twice")
            }
            plans.append(plan)
        }
        guard var storagePrices = try file.objectIfThere("storage") else { throw file.fault("storage", "is missing") }
        let storage = try StoragePrices(&storagePrices)
        guard var prices = try file.objectIfThere("network") else { throw file.fault("network", "is missing") }
        let network = try NetworkPrices(&prices)
        try file.end()
        return (plans, storage, network)
    }
}
