package import Foundation
package import SloopEngine
import SloopModel
package import SloopStore

/// What the sagas work with: everything that is not their parameters.
package struct World: Sendable {
    package private(set) var store: Store
    package let engine: any Engine
    let machines: MachineAccess
    let network: any MachineNetwork
    let clock: any WorldClock
    let logs: LaunchLogs
    /// Nil if the engine needs no images.
    let images: ImageKeeper?
    /// Answers for the users' domains; nil if they can have none.
    let dns: (any DNSServer)?
    /// How long a machine may take from its start until sshd answers.
    let bootPatience: Duration
    package let now: @Sendable () -> Date
    let changes: Changes

    /// The same world as that account sees it.
    func of(_ account: Account) -> World {
        var world = self
        world.store = store.of(account)
        return world
    }

    /// Wakes those who follow a log.
    func didLog() { changes.ring(.output) }

    /// - Parameters:
    ///   - logs: the folder for the output of launch scripts.
    ///   - images: makes the images of the engine's machines.
    ///   - dns: answers for the users' domains.
    ///   - now: the time in whole milliseconds, as it is kept; nil for the store's own.
    package init(
        store: Store, engine: any Engine, logs: URL, images: ImageKeeper? = nil, dns: (any DNSServer)? = nil,
        network: any MachineNetwork = SSHNetwork(), clock: any WorldClock = SystemClock(),
        bootPatience: Duration = .seconds(60), now: (@Sendable () -> Date)? = nil
    ) {
        self.store = store
        self.engine = engine
        self.machines = MachineAccess(store: store, network: network, clock: clock)
        self.network = network
        self.clock = clock
        self.changes = Changes(clock: clock)
        self.logs = LaunchLogs(folder: logs)
        self.images = images
        self.dns = dns
        self.bootPatience = bootPatience
        self.now = now ?? store.now
    }

    /// The time in whole milliseconds.
    package static let clock = Store.clock
}
