package import SloopCatalog
package import SloopModel
import SloopStore

/// What Sloop does for one account: one service a noun, none of which sees what is another account's.
package struct AccountServices: Sendable {
    package let account: Account
    package let catalog: Catalog
    package let instances: InstanceService
    package let keyPairs: KeyPairService
    package let rotations: RotationService
    package let launches: LaunchService
    package let images: ImageService
    package let operations: OperationService
    package let firewall: FirewallService
    package let staticAddresses: StaticAddressService
    package let metrics: MetricService
    package let alarms: AlarmService
    package let tags: TagService
    package let disks: DiskService
    package let snapshots: SnapshotService
    package let addOns: AddOnService
    package let costs: CostService
    package let domains: DomainService
    package let terminals: TerminalService

    init(
        world: World, catalog: Catalog, desk: SagaDesk, addresses: AddressPicker, notifier: Notifier,
        terminals: OpenTerminals
    ) {
        account = world.store.account ?? .default
        self.catalog = catalog
        instances = InstanceService(world: world, catalog: catalog, desk: desk, addresses: addresses)
        keyPairs = KeyPairService(world: world)
        rotations = RotationService(world: world, desk: desk)
        launches = LaunchService(world: world, desk: desk)
        images = ImageService(world: world, desk: desk)
        operations = OperationService(world: world, desk: desk)
        firewall = FirewallService(world: world, catalog: catalog, desk: desk)
        staticAddresses = StaticAddressService(world: world, catalog: catalog, desk: desk, addresses: addresses)
        metrics = MetricService(world: world)
        alarms = AlarmService(world: world, notifier: notifier)
        tags = TagService(world: world)
        disks = DiskService(world: world, catalog: catalog, desk: desk)
        snapshots = SnapshotService(world: world, catalog: catalog, desk: desk)
        addOns = AddOnService(world: world, desk: desk)
        costs = CostService(world: world)
        domains = DomainService(world: world, desk: desk)
        self.terminals = TerminalService(world: world, open: terminals)
    }
}
