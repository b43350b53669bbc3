import Foundation
import Logging
import SloopEngine
import SloopModel
import SloopStore
import Testing

@testable import SloopProvisioner
@testable import SloopSaga

extension Rig {
    var firewall: FirewallService { FirewallService(world: world.of(.default), catalog: catalog, desk: desk) }
    var staticAddresses: StaticAddressService {
        StaticAddressService(
            world: world.of(.default), catalog: catalog, desk: desk, addresses: AddressPicker(world: world))
    }

    func publicAccessReconciler() -> PublicAccessReconciler {
        PublicAccessReconciler(
            world: world, desk: desk, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
    }

    /// Two rounds of comparison, as of a server that was just started; what they begin is to be run.
    fileprivate func lookTwice() async throws {
        let reconciler = publicAccessReconciler()
        for _ in 0..<2 { try await reconciler.round() }
    }

    /// What is reached at the address, by the name of its instance and its ports.
    fileprivate func reached(at address: String) -> String? {
        storage.network?[address].map { access in
            "\(access.hostName) \(access.rules.map { String($0.fromPort) }.sorted().joined(separator: ","))"
        }
    }

    /// Each machine is reached at the address that its row names, by the row's rules, and by no other.
    func checkNetwork(_ comment: Comment) async throws {
        let rows = try await store.read { try $0.instances() }
        let expected = Dictionary(uniqueKeysWithValues: rows.map { ($0.publicAddress, $0.publicAccess()) })
        #expect(storage.network == expected, comment)
    }
}

@Suite(.needsSandbox) struct NetworkSagaTests {
    @Test(arguments: SetPorts.Kind.allCases) func setPorts(_ kind: SetPorts.Kind) async throws {
        try await endure(
            SetPorts.saga(kind),
            Case(
                accept: { rig in
                    rig.storage.giveNetwork()
                    try await rig.make()
                    return try await rig.firewall.begin(kind, of: "web") { _ in [.tcp(22), .tcp(8443)] }.id
                },
                after: { rig, isDone, comment in
                    let rules = try await rig.firewall.rules(of: "web").map(\.fromPort).sorted()
                    #expect(rules.contains(8443) == isDone, comment)
                    try await rig.checkNetwork(comment)
                }))
    }

    @Test func attachAStaticAddress() async throws {
        try await endure(
            MoveStaticAddress.attaching,
            Case(
                accept: { rig in
                    rig.storage.giveNetwork()
                    try await rig.make()
                    _ = try await rig.staticAddresses.allocate("front")
                    return try await rig.staticAddresses.beginAttaching("front", to: "web").id
                },
                after: { rig, isDone, comment in
                    let view = try await rig.staticAddresses.find("front")
                    #expect(view.instance?.name == (isDone ? "web" : nil), comment)
                    #expect(try await rig.instances.find("web").hasStaticAddress == isDone, comment)
                    try await rig.checkNetwork(comment)
                }))
    }

    @Test func moveAStaticAddressFromOneInstanceToAnother() async throws {
        try await endure(
            MoveStaticAddress.attaching,
            Case(
                accept: { rig in
                    rig.storage.giveNetwork()
                    try await rig.make("old")
                    try await rig.make("new")
                    _ = try await rig.staticAddresses.allocate("front")
                    try await rig.run(try await rig.staticAddresses.beginAttaching("front", to: "old").id)
                    return try await rig.staticAddresses.beginAttaching("front", to: "new").id
                },
                meanwhile: { rig, comment in
                    // Whatever died: somebody is reached by it.
                    let address = try await rig.staticAddresses.find("front").address.address
                    #expect(rig.reached(at: address) != nil, comment)
                },
                after: { rig, isDone, comment in
                    let view = try await rig.staticAddresses.find("front")
                    #expect(view.instance?.name == (isDone ? "new" : "old"), comment)
                    try await rig.checkNetwork(comment)
                }))
    }

    @Test func detachAStaticAddress() async throws {
        try await endure(
            MoveStaticAddress.detaching,
            Case(
                accept: { rig in
                    rig.storage.giveNetwork()
                    try await rig.make()
                    _ = try await rig.staticAddresses.allocate("front")
                    try await rig.run(try await rig.staticAddresses.beginAttaching("front", to: "web").id)
                    return try await rig.staticAddresses.beginDetaching("front").id
                },
                after: { rig, isDone, comment in
                    let view = try await rig.staticAddresses.find("front")
                    #expect(view.instance?.name == (isDone ? nil : "web"), comment)
                    try await rig.checkNetwork(comment)
                }))
    }

    @Test func restoreWhatReachesAnInstance() async throws {
        try await endure(
            RestorePublicAccess.saga,
            Case(
                accept: { rig in
                    rig.storage.giveNetwork()
                    let instance = try await rig.make()
                    rig.storage.meddle(instance.publicAddress, nil)
                    try await rig.lookTwice()
                    return try #require(try await rig.store.read { try $0.unfinishedSagas() }.first).id
                },
                after: { rig, isDone, comment in
                    if !isDone {
                        // It is seen again, and tried again.
                        try await rig.lookTwice()
                        for saga in try await rig.store.read({ try $0.unfinishedSagas() }) {
                            try await rig.run(saga.id)
                        }
                    }
                    try await rig.checkNetwork(comment)
                }))
    }

    @Test func aStaticAddressOutlivesItsInstanceAndIsReleasedOnlyWhenItIsFree() async throws {
        try await Rig.with { rig in
            rig.storage.giveNetwork()
            try await rig.make()
            _ = try await rig.staticAddresses.allocate("front")
            try await rig.run(try await rig.staticAddresses.beginAttaching("front", to: "web").id)
            let address = try await rig.instances.find("web").instance.publicAddress
            let early = await #expect(throws: SloopError.self) { try await rig.staticAddresses.release("front") }
            #expect(early?.code == .wrongState)
            try await rig.run(try await rig.instances.delete("web").id)
            let view = try await rig.staticAddresses.find("front")
            #expect(view.instance == nil && view.address.address == address)
            #expect(rig.storage.network == [:])
            // It was billed while it led nowhere: before it was attached, and since the instance is gone.
            let bills = try await rig.store.read { try $0.bills(from: .distantPast, to: .distantFuture) }
                .filter { $0.type == "StaticIp" }
            #expect(bills.map(\.monthlyPrice) == [372, 372] && bills.map { $0.until != nil } == [true, false])
            // Nobody else gets it while it is held.
            let other = try await rig.make("other")
            #expect(other.addressSlot != view.address.addressSlot && other.publicAddress != address)
            _ = try await rig.staticAddresses.release("front")
            #expect(try await rig.store.read { try $0.addressSlots() } == [other.addressSlot])
            let open = try await rig.store.read { try $0.bills(from: .distantPast, to: .distantFuture) }
            #expect(open.filter { $0.until == nil }.map(\.name) == ["other"])
        }
    }

    @Test func whatCannotBeIsRefusedAndChangesNothing() async throws {
        try await Rig.with { rig in
            try await rig.make()
            // The local engine has neither a firewall nor addresses that move.
            let before = try await rig.picture()
            for call in [
                { _ = try await rig.firewall.begin(.open, of: "web") { $0 + [.tcp(8443)] } },
                { _ = try await rig.staticAddresses.allocate("front") },
            ] as [() async throws -> Void] {
                let error = await #expect(throws: SloopError.self) { try await call() }
                #expect(error?.code == .notOffered)
            }
            for rule in [
                PortRule(fromPort: 90, toPort: 80, protocol: .tcp), PortRule(fromPort: -1, toPort: 5, protocol: .udp),
                PortRule(fromPort: 0, toPort: 70000, protocol: .tcp),
            ] {
                let error = await #expect(throws: SloopError.self) {
                    _ = try await rig.firewall.begin(.put, of: "web") { _ in [rule] }
                }
                #expect(error?.code == .invalidInput)
            }
            #expect(try await rig.picture() == before)
        }
    }
}
