import Foundation
import SloopCatalog
import SloopEngine
import SloopModel
import SloopStore
import Testing

@testable import SloopProvisioner

@Suite(.needsSandbox) struct SnapshotTests {
    @Test func snapshotsOutliveTheirSourceAndAreBilledByItsSize() async throws {
        try await Live.with { live in
            try await live.make()
            try await live.makeDisk(sizeGB: 16)
            let pair = try await live.snapshots.create("of-web", ofInstance: "web")
            #expect(pair.map(\.resourceType) == ["InstanceSnapshot", "Instance"])
            #expect(pair.map(\.details) == ["web", "of-web"])
            try await live.complete(pair)
            try await live.complete(live.snapshots.create("of-data", ofDisk: "data"))
            try await live.complete(live.disks.delete("data"))
            try await live.complete(live.provisioner.instances.delete("web"))
            #expect(try await live.snapshots.list().map(\.name) == ["of-web", "of-data"])
            let prices = try await live.provisioner.costs.cost(of: nil).items.filter { $0.span.until == nil }
            #expect(prices.map(\.span.monthlyPrice) == [80, 100])
            #expect(prices.map(\.span.type) == ["DiskSnapshot", "InstanceSnapshot"])
            try await live.complete(live.disks.create(.init(name: "data", sizeGB: 32), from: .named("of-data")))
            #expect(try await live.disks.find("data").disk.sizeGB == 32)
            try await live.complete(live.snapshots.delete("of-web"))
            try await live.complete(live.snapshots.delete("of-data"))
            #expect(try await live.snapshots.list().isEmpty)
            try await live.check("at the end")
        }
    }

    @Test func whatCannotBeChangesNothing() async throws {
        try await Live.with { live in
            try await live.make()
            try await live.makeDisk(sizeGB: 16)
            try await live.complete(live.snapshots.create("of-web", ofInstance: "web"))
            try await live.complete(live.snapshots.create("of-data", ofDisk: "data"))
            let before = try await live.rig.picture()
            let snapshots = live.snapshots
            await expect(.nameExists) { try await snapshots.create("data", ofInstance: "web") }
            await expect(.notFound) { try await snapshots.create("new", ofInstance: "data") }
            await expect(.notFound) { try await snapshots.create("new", ofDisk: "none") }
            await expect(.invalidInput) { try await snapshots.create("n", ofDisk: "data") }
            await expect(.notFound) { try await snapshots.delete("of-web", .disk) }
            await expect(.notFound) { try await snapshots.delete("web") }
            await expect(.nameExists) { try await snapshots.copy(.named("of-web"), to: "of-data", details: "") }
            await expect(.notFound) { try await snapshots.copy(.named("web"), to: "new", details: "") }
            await expect(.notFound) { try await snapshots.copy(.latest(of: "web"), to: "new", details: "") }
            await expect(.invalidInput) {
                try await live.disks.create(.init(name: "new", sizeGB: 8), from: .named("of-data"))
            }
            await expect(.notFound) {
                try await live.disks.create(.init(name: "new", sizeGB: 32), from: .named("of-web"))
            }
            let instances = live.provisioner.instances
            await expect(.notFound) {
                try await instances.create(
                    .init(names: ["new"], blueprint: "", bundle: "nano", snapshot: .named("of-data")))
            }
            #expect(try await live.rig.picture() == before)
        }
    }

    @Test func aPlanWithASmallerDiskIsRefused() async throws {
        try await Live.with { live in
            let instances = live.provisioner.instances
            try await live.complete(
                instances.create(.init(names: ["web"], blueprint: "sandbox", bundle: "micro", keyPair: "laptop")))
            try await live.complete(live.snapshots.create("then", ofInstance: "web"))
            await expect(.invalidInput) {
                try await instances.create(
                    .init(names: ["new"], blueprint: "", bundle: "nano", snapshot: .named("then")))
            }
            try await live.complete(
                instances.create(.init(names: ["new"], blueprint: "", bundle: "small", snapshot: .named("then"))))
            let new = try await live.find("new")
            #expect(new.blueprint == "sandbox" && new.bundle == "small" && new.keyPair == "laptop")
        }
    }

    @Test func aSnapshotIsNotDeletedWhileSomethingIsMadeFromIt() async throws {
        try await Rig.with { rig in
            try await rig.makeSnapshot(.disk)
            let operation = try await rig.disks.create(.init(name: "copy", sizeGB: 8), from: .named("then"))
            // Many things may be made from it at once.
            _ = try await rig.disks.create(.init(name: "copy-2", sizeGB: 8), from: .named("then"))
            await expect(.busy) { try await rig.snapshots.delete("then") }
            try await rig.finishAll()
            #expect(try await rig.store.read { try $0.operation(operation.id)?.status } == .succeeded)
            try await rig.runAll { try await [$0.snapshots.delete("then")] }
        }
    }

    @Test func aSnapshotOfABusyInstanceIsRefusedAsBusy() async throws {
        try await Rig.with { rig in
            _ = try await rig.order()
            await expect(.busy) { try await rig.snapshots.create("then", ofInstance: "web") }
            #expect(try await rig.snapshots.list().isEmpty)
        }
    }

    @Test func anotherAccountNeitherSeesNorTouchesWhatIsThere() async throws {
        try await Live.with { live in
            try await live.make()
            try await live.makeDisk()
            try await live.complete(live.snapshots.create("of-web", ofInstance: "web"))
            try await live.complete(live.snapshots.create("of-data", ofDisk: "data"))
            _ = try await live.addOns.enable("data", hour: 6)
            try await live.rig.everything.write { try $0.ensure(Account(known: "theirs"), at: Date()) }
            let theirs = live.provisioner.of(Account(known: "theirs"))
            let before = try await live.rig.picture()
            #expect(try await theirs.disks.page(after: nil, limit: 9).isEmpty)
            #expect(try await theirs.snapshots.list().isEmpty)
            #expect(try await theirs.snapshots.page(.instance, after: nil, limit: 9).isEmpty)
            #expect(try await theirs.costs.cost(of: nil).items.isEmpty)
            for call in [
                { _ = try await theirs.disks.find("data") },
                { _ = try await theirs.disks.delete("data") },
                { _ = try await theirs.disks.detach("data") },
                { _ = try await theirs.disks.attach("data", to: "web", path: "/dev/xvdf") },
                { _ = try await theirs.disks.create(.init(name: "new", sizeGB: 8), from: .named("of-data")) },
                { _ = try await theirs.snapshots.find("of-web") },
                { _ = try await theirs.snapshots.delete("of-web") },
                { _ = try await theirs.snapshots.create("new", ofInstance: "web") },
                { _ = try await theirs.snapshots.create("new", ofDisk: "data") },
                { _ = try await theirs.snapshots.copy(.named("of-web"), to: "new", details: "") },
                { _ = try await theirs.addOns.enable("data", hour: 6) },
                { _ = try await theirs.addOns.disable("data") },
                { _ = try await theirs.addOns.automatic(of: "data") },
                { _ = try await theirs.addOns.deleteAutomatic(of: "data", day: "2026-01-02") },
                {
                    _ = try await theirs.instances.create(
                        .init(names: ["new"], blueprint: "", bundle: "nano", snapshot: .named("of-web")))
                },
            ] as [@Sendable () async throws -> Void] {
                let error = await #expect(throws: SloopError.self) { try await call() }
                #expect(error?.code == .notFound)
            }
            #expect(try await live.rig.picture() == before)
            // Tags are those of whose resource it is.
            _ = try await live.provisioner.of(.default).tags.tag("of-data", with: ["team": "blue"])
            #expect(try await live.snapshots.find("of-data").tags == ["team": "blue"])
        }
    }
}
