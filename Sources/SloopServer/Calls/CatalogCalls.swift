import LightsailAPI
import SloopCatalog
import SloopProvisioner

extension CallTable {
    mutating func addCatalogCalls(regions: [String]) {
        let catalog = provisioner.catalog
        let obstacle: @Sendable (Blueprint) -> String? = { [provisioner] in provisioner.obstacle(to: $0) }

        add(Lightsail.GetRegions.self) { _, input in
            .init(
                regions: regions.map { region in
                    let zones = Caller.zones.map {
                        Lightsail.AvailabilityZone(zoneName: region + $0, state: "available")
                    }
                    return Lightsail.Region(
                        continentCode: "", description: "The machines of this Sloop", displayName: "Sloop",
                        name: region, availabilityZones: input.includeAvailabilityZones == true ? zones : [],
                        relationalDatabaseAvailabilityZones: [])
                })
        }
        add(Lightsail.GetBundles.self) { _, input in
            let all = catalog.plans.flatMap { plan in plan.bundles.map { (plan, $0) } }
            let shown = all.filter { input.includeInactive == true || $0.1 == $0.0.bundles.last }
            // The category is that of Lightsail for Research, of which there is nothing here.
            let bundles = input.appCategory == nil ? shown.map { Lightsail.Bundle($0.0, id: $0.1) } : []
            let page = try Page.slice(bundles, input.pageToken, call: "GetBundles")
            return .init(bundles: page.items, nextPageToken: page.next)
        }
        add(Lightsail.GetBlueprints.self) { _, input in
            let shown = catalog.blueprints.filter { input.includeInactive == true || obstacle($0) == nil }
            let all = shown.flatMap { blueprint in
                ([blueprint.aliases.first ?? blueprint.id] + blueprint.addedAliases).map {
                    Lightsail.Blueprint(blueprint, id: $0, isActive: obstacle(blueprint) == nil)
                }
            }
            let blueprints = input.appCategory == nil ? all : []
            let page = try Page.slice(blueprints, input.pageToken, call: "GetBlueprints")
            return .init(blueprints: page.items, nextPageToken: page.next)
        }
        add(SloopAPI.GetCatalog.self) { caller, _ in
            .init(
                plans: catalog.plans.map { plan in
                    .init(
                        id: plan.id, name: plan.name, monthlyPrice: Money(cents: plan.monthlyPrice).decimal,
                        vcpus: plan.vcpus, memoryMB: plan.memoryMB, diskGB: plan.diskGB, transferGB: plan.transferGB,
                        bundles: plan.bundles)
                },
                blueprints: catalog.blueprints.map { blueprint in
                    let obstacle = obstacle(blueprint)
                    return .init(
                        id: blueprint.id, name: blueprint.name, kind: blueprint.kind.rawValue,
                        version: blueprint.version, description: blueprint.description, username: blueprint.username,
                        requiresMachine: blueprint.requiresMachine, available: obstacle == nil,
                        reason: obstacle,
                        ports: blueprint.ports.map { "\($0)/tcp" })
                })
        }
    }
}

extension Lightsail.Bundle {
    init(_ plan: Plan, id: String) {
        self.init(
            price: Double(plan.monthlyPrice) / 100, cpuCount: plan.vcpus, diskSizeInGb: plan.diskGB, bundleId: id,
            instanceType: plan.id, isActive: id == plan.bundles.last, name: plan.name, power: plan.power,
            ramSizeInGb: Double(plan.memoryMB) / 1024, transferPerMonthInGb: plan.transferGB,
            supportedPlatforms: ["LINUX_UNIX"], publicIpv4AddressCount: 1)
    }
}

extension Lightsail.Blueprint {
    /// By one of the ids that it is found by.
    init(_ blueprint: SloopCatalog.Blueprint, id: String, isActive: Bool) {
        self.init(
            blueprintId: id, name: blueprint.name, group: blueprint.id,
            type: blueprint.kind.rawValue, description: blueprint.description, isActive: isActive, minPower: 0,
            version: blueprint.version, versionCode: "1", productUrl: "", licenseUrl: "", platform: blueprint.platform)
    }
}
