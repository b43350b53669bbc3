import LightsailAPI
import SloopCatalog
import SloopProvisioner

extension CallTable {
    mutating func addCatalogCalls() {
        let catalog = provisioner.catalog
        let offersMachines = provisioner.offersMachines
        let engine = provisioner.engineName

        add(Lightsail.GetBundles.self) { caller, _ in
            .init(
                bundles: catalog.plans.flatMap { plan in
                    plan.bundles.map { bundle in
                        Lightsail.Bundle(
                            price: Double(plan.monthlyPrice) / 100, cpuCount: plan.vcpus, diskSizeInGb: plan.diskGB,
                            bundleId: bundle, instanceType: plan.id, isActive: bundle == plan.bundles.last,
                            name: plan.name, power: plan.power, ramSizeInGb: Double(plan.memoryMB) / 1024,
                            transferPerMonthInGb: plan.transferGB, supportedPlatforms: ["LINUX_UNIX"],
                            publicIpv4AddressCount: 1)
                    }
                })
        }
        add(Lightsail.GetBlueprints.self) { caller, _ in
            .init(
                blueprints: catalog.blueprints.map { blueprint in
                    Lightsail.Blueprint(
                        blueprintId: blueprint.id, name: blueprint.name, group: blueprint.id,
                        type: blueprint.kind.rawValue, description: blueprint.description,
                        isActive: offersMachines || !blueprint.requiresMachine, minPower: 0,
                        version: blueprint.version, platform: blueprint.platform)
                })
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
                    let isAvailable = offersMachines || !blueprint.requiresMachine
                    return .init(
                        id: blueprint.id, name: blueprint.name, kind: blueprint.kind.rawValue,
                        version: blueprint.version, description: blueprint.description, username: blueprint.username,
                        requiresMachine: blueprint.requiresMachine, available: isAvailable,
                        reason: isAvailable ? nil : "needs a machine; the engine '\(engine)' makes none",
                        ports: blueprint.ports.map { "\($0)/tcp" })
                })
        }
    }
}
