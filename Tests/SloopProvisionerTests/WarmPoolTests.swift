import Foundation
import Logging
import SloopEngine
import SloopModel
import SloopSSH
import SloopStore
import Testing

@testable import SloopProvisioner

@Suite(.needsSandbox) struct WarmPoolTests {
    private let two = WarmKind("sandbox", 2)

    @Test func aMachineThatIsKeptReadyBecomesTheInstanceThatIsAskedFor() async throws {
        try await Live.with(warm: [two]) { live in
            let ready = try await live.ready(2)
            #expect(ready.allSatisfy { $0.keyPair == nil && $0.ports == [] })
            // Nobody sees them, and nobody pays for them.
            #expect(try await live.provisioner.instances.list().isEmpty)
            #expect(
                try await live.rig.everything.of(.warm).read { try $0.bills(from: .distantPast, to: .distantFuture) }
                    .isEmpty)

            let web = try await live.make(script: "hostname; echo $SLOOP_INSTANCE")
            #expect(ready.map(\.id).contains(web.id) && web.name == "web" && web.account == .default)
            #expect(web.bundle == "nano" && web.keyPair == "laptop")
            #expect(try await live.output().text == "web\nweb\n")
            #expect(try await live.rig.opens(web, live.rig.key))
            let bills = try await live.rig.store.read { try $0.bills(from: .distantPast, to: .distantFuture) }
            #expect(bills.map(\.resource) == [web.id.value] && bills[0].since == web.createdAt)
            #expect(web.createdAt > ready[0].createdAt)
            // It is made up for, and all is as with any other instance.
            let again = try await live.ready(2)
            #expect(!again.map(\.id).contains(web.id))
            try await live.stop()
            try await live.start()
            #expect(try await live.rig.shell(web, "hostname") == "web\n")
            try await live.complete(live.provisioner.instances.delete("web"))
            #expect(try await Set(live.engine.list().keys) == Set(again.map(\.id)))
        }
    }

    @Test func manyAtOnceGetOneEachAndTheRestIsMade() async throws {
        try await Live.with(warm: [two]) { live in
            let ready = try await live.ready(2)
            let operations = try await live.provisioner.instances.create(
                .init(names: ["one", "two", "three"], blueprint: "sandbox", bundle: "nano", keyPair: "laptop"))
            for operation in operations { try await live.complete(operation) }
            let made = try await live.provisioner.instances.list().map(\.instance)
            #expect(Set(made.map(\.id)).count == 3 && Set(made.map(\.address)).count == 3)
            #expect(Set(ready.map(\.id)).isSubset(of: Set(made.map(\.id))))
            for one in made { #expect(try await live.rig.opens(one, live.rig.key)) }
        }
    }

    @Test func aMachineWhoseHandingOverGotStuckHasItsUsersKeyWhenItIsBack() async throws {
        try await Live.with(warm: [two]) { live in
            _ = try await live.ready(2)
            live.engine.fail(.rename, .delete)
            let operation = try await live.provisioner.instances.create(
                .init(names: ["web"], blueprint: "sandbox", bundle: "nano", keyPair: "laptop"))[0]
            #expect(try await live.finish(operation).status == .stuck)
            let waiting = try await live.provisioner.instances.find("web").openTargets
            #expect(waiting.count == 1 && waiting[0].reason?.contains("fail at delete") == true)
            live.engine.fail()
            try await live.complete(live.provisioner.instances.reboot("web"))
            await live.provisioner.reconcile()
            let rotation = try await live.settled(waiting[0].rotation)
            #expect(rotation.rotation.status == .done && rotation.targets[0].proof == .query)
            #expect(try await live.rig.opens(live.find(), live.rig.key))
        }
    }

    @Test func whatCannotBeHandedOutIsReplaced() async throws {
        try await Live.with(warm: [two]) { live in
            let ready = try await live.ready(2)
            // Another plan is another machine.
            let other = try await live.provisioner.instances.create(
                .init(names: ["big"], blueprint: "sandbox", bundle: "small", keyPair: "laptop"))[0]
            try await live.complete(other)
            #expect(!ready.map(\.id).contains(try await live.find("big").id))
            // Sloop's own key of today is not in them.
            let rotation = try await live.provisioner.rotations.startAccess(instances: nil)
            _ = try await live.settled(rotation.rotation.id)
            let web = try await live.make()
            #expect(!ready.map(\.id).contains(web.id))
            let next = try await live.ready(2)
            #expect(Set(next.map(\.id)).isDisjoint(with: Set(ready.map(\.id))))
            // One that ended by itself is no machine to hand out.
            try await live.engine.stop(next[0].id)
            let last = try await live.ready(2)
            #expect(!last.map(\.id).contains(next[0].id))
        }
    }

    @Test func aServerThatIsToKeepNoneRemovesThem() async throws {
        try await Live.with(warm: [two]) { live in
            _ = try await live.ready(2)
            let next = await live.successor()
            _ = try await next.ready(0)
            #expect(try await live.engine.list().isEmpty)
            #expect(try await live.rig.store.read { try $0.addressSlots() }.isEmpty)
        }
    }

    @Test func aMachineOfABackupIsShownAndNeitherHandedOutNorDeleted() async throws {
        try await Live.with(warm: [two]) { live in
            let ready = try await live.ready(2)
            await live.provisioner.stop()
            try await live.rig.everything.write { try $0.set(setting: Backup.restoredAt, to: "2026-11-26") }
            try await AfterRestore.settle(live.rig.everything)
            let next = await live.successor()
            await next.provisioner.reconcile()
            #expect(
                try await next.provisioner.instances.list().map(\.instance.id.value).sorted()
                    == ready.map(\.id.value).sorted())
            #expect(try await next.engine.list().count == 2)
        }
    }

    @Test(arguments: [
        "", "debian-12", "debian-12=2", "debian-12:nano", "debian-12:nano=0", "debian-12:nano=x", "a:b:c=1", "a:b=1=1",
    ])
    func whatDoesNotSayWhatToKeepIsRefused(_ text: String) {
        #expect(throws: SloopError.self) { try WarmKind(parsing: text) }
    }

    @Test func onlyWhatIsInTheCatalogAndHasNoNameInItIsKept() async throws {
        try await Rig.with { rig in
            try WarmKind(parsing: "debian-12:nano=2").check(rig.catalog)
            for text in ["nothing:nano=1", "debian-12:huge-plan=1", "static-site:nano=1", "wordpress:nano=1"] {
                #expect(throws: SloopError.self) { try WarmKind(parsing: text).check(rig.catalog) }
            }
        }
    }
}

extension WarmKind {
    init(_ blueprint: String, _ count: Int) {
        // What the tests write is right.
        self = try! WarmKind(parsing: "\(blueprint):nano=\(count)")
    }
}

extension Live {
    /// The machines that are kept ready, once there are so many and no others, oldest first.
    func ready(_ count: Int) async throws -> [Instance] {
        let mine = provisioner.of(.warm)
        let end = ContinuousClock.now + .seconds(120)
        while ContinuousClock.now < end {
            await provisioner.reconcile()
            for view in try await mine.operations.list(of: nil, limit: 1000) where !view.operation.isOver {
                _ = try await mine.operations.waitForEnd(view.operation.id, upTo: .seconds(60))
            }
            let rows = try await mine.instances.list().map(\.instance)
            if rows.count == count && rows.allSatisfy({ $0.state == .running }) {
                // A round that finds nothing to do.
                await provisioner.reconcile()
                return rows.sorted { $0.createdAt < $1.createdAt }
            }
        }
        throw SloopError(.unreachable, "there are never \(count) machines ready")
    }
}
