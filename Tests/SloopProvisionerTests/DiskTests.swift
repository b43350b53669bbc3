import Foundation
import SloopCatalog
import SloopEngine
import SloopModel
import SloopStore
import Testing

@testable import SloopProvisioner

extension Live {
    var disks: DiskService { provisioner.disks }
    var snapshots: SnapshotService { provisioner.snapshots }
    var addOns: AddOnService { provisioner.addOns }

    func complete(_ operations: [SloopModel.Operation]) async throws {
        for operation in operations { try await complete(operation) }
    }

    func makeDisk(_ name: String = "data", sizeGB: Int = 8) async throws {
        try await complete(disks.create(.init(name: name, sizeGB: sizeGB)))
    }
}

@Suite(.needsSandbox) struct DiskTests {
    @Test func aDiskIsMadeAttachedDetachedAndDeletedAndBilledAllTheTime() async throws {
        try await Live.with { live in
            let web = try await live.make()
            try await live.makeDisk(sizeGB: 20)
            let pair = try await live.disks.attach("data", to: "web", path: "/dev/xvdf")
            #expect(pair.map(\.resourceType) == ["Disk", "Instance"])
            #expect(pair.map(\.details) == ["web", "data"])
            try await live.complete(pair)
            let view = try await live.disks.find("data")
            #expect(view.instance == "web" && view.disk.state == .inUse && view.disk.folder == "/mnt/data")
            #expect(try await live.provisioner.instances.find("web").disks.map(\.name) == ["data"])
            #expect(try await live.engine.volumes?.list().values.first?.machine == web.id)
            try await live.stop()
            try await live.complete(live.disks.detach("data"))
            #expect(try await live.disks.find("data").disk.state == .available)
            let cost = try await live.provisioner.costs.cost(of: nil)
            #expect(cost.items.first { $0.span.name == "data" }?.span.monthlyPrice == 200)
            try await live.complete(live.disks.delete("data"))
            await expect(.notFound) { try await live.disks.find("data") }
            #expect(try await live.engine.volumes?.list().isEmpty == true)
            try await live.check("at the end")
        }
    }

    @Test func whatCannotBeChangesNothing() async throws {
        try await Live.with { live in
            try await live.make()
            try await live.make("other")
            try await live.makeDisk()
            try await live.makeDisk("more")
            try await live.complete(live.disks.attach("data", to: "web", path: "/dev/xvdf"))
            let before = try await live.rig.picture()
            let disks = live.disks
            for size in [7, 16385, 0, -1, Int.max] {
                let error = await #expect(throws: SloopError.self) {
                    _ = try await disks.create(.init(name: "new", sizeGB: size))
                }
                #expect(error?.message == "The size of a block storage disk must be between 8 and 16384 GB.")
            }
            await expect(.invalidInput) { try await disks.create(.init(name: "a/../b", sizeGB: 8)) }
            await expect(.nameExists) { try await disks.create(.init(name: "web", sizeGB: 8)) }
            await expect(.notFound) { try await disks.create(.init(name: "new", sizeGB: 8), from: .named("none")) }
            for path in ["", "xvdf", "/dev/../etc", "/dev/sda1", "/dev/xvda", "/mnt/x", "/dev/xv df", "/dev/xvdf\u{0}"]
            {
                await expect(.invalidInput) { try await disks.attach("more", to: "web", path: path) }
            }
            await expect(.invalidInput) { try await disks.attach("more", to: "web", path: "/dev/xvdf") }
            await expect(.notFound) { try await disks.attach("none", to: "web", path: "/dev/xvdg") }
            await expect(.notFound) { try await disks.attach("more", to: "none", path: "/dev/xvdg") }
            await expect(.wrongState) { try await disks.attach("data", to: "other", path: "/dev/xvdg") }
            // The instance runs.
            let detach = await #expect(throws: SloopError.self) { try await disks.detach("data") }
            #expect(detach?.message == "You can't detach this disk right now. The state of this disk is: in-use")
            await expect(.wrongState) { try await disks.detach("more") }
            let delete = await #expect(throws: SloopError.self) { try await disks.delete("data") }
            #expect(
                delete?.message
                    == "You can't perform this operation because the disk is still attached to a Lightsail instance: web"
            )
            await expect(.notFound) { try await disks.delete("none") }
            #expect(try await live.rig.picture() == before)
        }
    }

    @Test func anInstanceHasAtMostFifteenDisks() async throws {
        try await Live.with { live in
            try await live.make()
            for number in 0..<15 {
                let name = "disk-\(number)"
                try await live.makeDisk(name)
                let letter = String(UnicodeScalar(UInt8(ascii: "f") + UInt8(number)))
                try await live.complete(live.disks.attach(name, to: "web", path: "/dev/xvd\(letter)"))
            }
            try await live.makeDisk("last")
            await expect(.invalidInput) { try await live.disks.attach("last", to: "web", path: "/dev/xvdz") }
        }
    }

    @Test func anInstanceThatIsDeletedLosesItsDisksAndTheyKeepWhatTheyHave() async throws {
        try await Live.with { live in
            try await live.make()
            try await live.makeDisk()
            try await live.complete(live.disks.attach("data", to: "web", path: "/dev/xvdf"))
            let operations = try await live.provisioner.instances.deleteAndWait("web", upTo: .seconds(60))
            #expect(operations.map(\.kind) == ["detach-disk", "detach-disk", "delete-instance"])
            #expect(operations.map(\.resourceName) == ["data", "web", "web"])
            #expect(operations.allSatisfy { $0.status == .succeeded })
            let disk = try await live.disks.find("data").disk
            #expect(disk.state == .available && disk.instance == nil && disk.path == nil)
            try await live.make("next")
            try await live.complete(live.disks.attach("data", to: "next", path: "/dev/xvdf"))
            try await live.check("at the end")
        }
    }

    @Test func anEngineWithoutDisksSaysWhichHasThem() async throws {
        try await Rig.with { rig in
            let world = World(store: rig.everything, engine: rig.engine, logs: rig.folder.appending(path: "launch"))
            let disks = DiskService(world: world.of(.default), catalog: rig.catalog, desk: rig.desk)
            let snapshots = SnapshotService(world: world.of(.default), catalog: rig.catalog, desk: rig.desk)
            try await rig.make()
            let before = try await rig.picture()
            for call in [
                { try await disks.create(.init(name: "data", sizeGB: 8)) },
                { try await snapshots.create("then", ofInstance: "web")[0] },
                { try await AddOnService(world: world.of(.default), desk: rig.desk).enable("web", hour: 6) },
            ] {
                let error = await #expect(throws: SloopError.self) { _ = try await call() }
                #expect(error?.code == .notOffered && error?.message.contains("'incus'") == true)
            }
            #expect(try await rig.picture() == before)
        }
    }

    @Test func whatIsGoneIsInErrorAndWhatHasLostItsRowIsDeletedAndNothingElse() async throws {
        try await Live.with(grace: .zero) { live in
            try await live.makeDisk()
            try await live.makeDisk("gone")
            let volumes = try #require(live.engine.volumes)
            try await volumes.delete(live.disks.find("gone").disk.volume)
            // Deleted here, and still there: an answer was lost, say.
            try await live.makeDisk("lost")
            let lost = try await live.disks.find("lost").disk.volume
            try await live.complete(live.disks.delete("lost"))
            try await volumes.create(lost, sizeGB: 8)
            // Never heard of: made since the backup that was restored, say.
            let stranger = VolumeID()
            try await volumes.create(stranger, sizeGB: 8)
            await live.provisioner.reconcile()
            let known = try await live.disks.find("data").disk.volume
            #expect(try await Set(volumes.list().keys) == [known, stranger])
            let gone = try await live.disks.find("gone").disk
            #expect(gone.state == .error && gone.stateReason?.hasPrefix("missing") == true)
            #expect(try await live.disks.find("data").disk.state == .available)
            try await live.complete(live.disks.delete("gone"))
        }
    }

    @Test func aDiskThatWasDetachedOutsideOfSloopIsAvailable() async throws {
        try await Live.with { live in
            let web = try await live.make()
            try await live.makeDisk()
            try await live.complete(live.disks.attach("data", to: "web", path: "/dev/xvdf"))
            try await live.engine.volumes?.detach(live.disks.find("data").disk.volume, from: web.id)
            await live.provisioner.reconcile()
            #expect(try await live.disks.find("data").disk.state == .available)
            try await live.check("at the end")
        }
    }

    @Test func aDiskThatWasAttachedToSomethingElseOutsideOfSloopIsInErrorAndComesBack() async throws {
        try await Live.with { live in
            let stranger = try await live.make("stranger")
            for name in ["data", "next"] { try await live.makeDisk(name) }
            let volumes = try #require(live.engine.volumes)
            let volume = try await live.disks.find("data").disk.volume
            try await volumes.attach(volume, to: stranger.id, at: "/mnt/x")
            try await live.rig.store.write { try $0.remove(stranger.id) }
            try await volumes.delete(live.disks.find("next").disk.volume)
            for _ in 0..<2 { await live.provisioner.reconcile() }
            let disk = try await live.disks.find("data").disk
            #expect(disk.state == .error && disk.stateReason?.contains("to '\(stranger.id)' outside of sloop") == true)
            // The others are looked after all the same.
            #expect(try await live.disks.find("next").disk.state == .error)
            try await volumes.detach(volume, from: stranger.id)
            await live.provisioner.reconcile()
            #expect(try await live.disks.find("data").disk.state == .available)
        }
    }
}
