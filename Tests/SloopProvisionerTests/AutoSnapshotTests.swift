import Foundation
import SloopEngine
import SloopModel
import SloopStore
import Testing

@testable import SloopProvisioner

@Suite(.needsSandbox) struct AutoSnapshotTests {
    private static let hour: TimeInterval = 3600
    private static let day: TimeInterval = 86400

    /// A server at five in the morning (UTC) with a disk of which a snapshot is made at six.
    private func atFive(_ body: (Live) async throws -> Void) async throws {
        try await Live.with { live in
            let now = live.provisioner.world.now().timeIntervalSince1970
            live.advance((5 * Self.hour - now.truncatingRemainder(dividingBy: Self.day) + Self.day))
            try await live.makeDisk()
            let operation = try await live.addOns.enable("data", hour: 6)
            #expect(operation.status == .succeeded && operation.resourceType == "Disk")
            try await body(live)
        }
    }

    /// What the rounds of a server do, some time later.
    private func later(_ live: Live, _ seconds: TimeInterval) async throws {
        live.advance(seconds)
        for _ in 0..<2 {
            await live.provisioner.reconcile()
            try await live.quiet()
        }
    }

    private func days(_ live: Live) async throws -> [String] {
        try await live.addOns.automatic(of: "data").snapshots.compactMap(\.day)
    }

    @Test func oneIsMadeEachDayAtItsHourAndSevenAreKept() async throws {
        try await atFive { live in
            try await later(live, Self.hour / 2)
            #expect(try await days(live).isEmpty)
            try await later(live, Self.hour)
            let first = AutoSnapshots.day(of: live.provisioner.world.now())
            #expect(try await days(live) == [first])
            // Once a day, however often it is looked.
            try await later(live, Self.hour)
            #expect(try await days(live) == [first])
            for _ in 0..<8 { try await later(live, Self.day) }
            let kept = try await days(live)
            #expect(kept.count == 7 && kept == kept.sorted().reversed())
            #expect(kept.first == AutoSnapshots.day(of: live.provisioner.world.now()))
            // Each is billed, and no longer than it was there.
            let bills = try await live.rig.store.read { try $0.bills(from: .distantPast, to: .distantFuture) }
            #expect(bills.count { $0.type == "DiskSnapshot" && $0.until == nil } == 7)
            #expect(bills.count { $0.type == "DiskSnapshot" && $0.until != nil } == 2)
            try await live.check("at the end")
        }
    }

    @Test func daysThatTheServerMissedAreMadeUpForByOne() async throws {
        try await atFive { live in
            try await later(live, 5 * Self.day + 2 * Self.hour)
            #expect(try await days(live) == [AutoSnapshots.day(of: live.provisioner.world.now())])
        }
    }

    @Test func oneThatIsSwitchedOffIsMadeNoMoreAndKeepsItsTimeAndItsSnapshots() async throws {
        try await atFive { live in
            try await later(live, 2 * Self.hour)
            _ = try await live.addOns.disable("data")
            try await later(live, 2 * Self.day)
            #expect(try await days(live).count == 1)
            let addOn = try #require(try await live.disks.find("data").addOn)
            #expect(!addOn.isEnabled && addOn.hour == 6)
            _ = try await live.addOns.enable("data", hour: 8)
            // Not for the time before it was switched on again.
            try await later(live, 0)
            #expect(try await days(live).count == 1)
            try await later(live, Self.day)
            #expect(try await days(live).count == 2)
        }
    }

    @Test func whatIsBusyHasItsSnapshotWhenItIsFree() async throws {
        try await Live.with { live in
            let now = live.provisioner.world.now().timeIntervalSince1970
            live.advance((5 * Self.hour - now.truncatingRemainder(dividingBy: Self.day) + Self.day))
            try await live.make(script: "while ! [ -e ~/go ]; do sleep 0.02; done")
            _ = try await live.addOns.enable("web", hour: 6)
            live.engine.hang(console: "")
            try await live.stop()
            let start = try await live.provisioner.instances.start("web")
            live.advance(2 * Self.hour)
            await live.provisioner.reconcile()
            #expect(try await live.addOns.automatic(of: "web").snapshots.isEmpty)
            live.engine.hang(console: nil)
            try await live.engine.start(live.find().id)
            try await live.complete(start)
            await live.provisioner.reconcile()
            try await live.quiet()
            #expect(try await live.addOns.automatic(of: "web").snapshots.map(\.state) == [.available])
        }
    }

    @Test func anAutomaticSnapshotIsCopiedRestoredAndDeleted() async throws {
        try await atFive { live in
            try await later(live, 2 * Self.hour)
            let day = AutoSnapshots.day(of: live.provisioner.world.now())
            try await live.complete(live.snapshots.copy(.day(day, of: "data"), to: "kept", details: ""))
            #expect(try await live.snapshots.find("kept").isFromAutomatic)
            try await live.complete(live.disks.create(.init(name: "copy", sizeGB: 8), from: .latest(of: "data")))
            await expect(.notFound) { try await live.addOns.deleteAutomatic(of: "data", day: "2001-01-01") }
            let delete = try await live.addOns.deleteAutomatic(of: "data", day: day)
            #expect(delete.details == "DeleteAutoSnapshot-\(day)")
            try await live.complete(delete)
            #expect(try await days(live).isEmpty)
            // It is not made again on the same day.
            try await later(live, Self.hour)
            #expect(try await days(live).isEmpty)
            try await later(live, Self.day)
            #expect(try await days(live).count == 1)
            // They go with their source; what a user made of them stays.
            try await live.complete(live.disks.delete("data"))
            try await live.quiet()
            #expect(try await live.snapshots.list().map(\.name) == ["kept"])
            #expect(try await live.rig.store.read { try $0.enabledAddOns() }.isEmpty)
            try await live.check("at the end")
        }
    }

    @Test(arguments: ["6:00", "24:00", "06:30", "", "06:00 ", "six"])
    func aTimeIsAWholeHour(_ text: String) throws {
        #expect(throws: SloopError.self) { try AddOnService.hour(text) }
        #expect(try AddOnService.hour("23:00") == 23)
    }

    @Test func whatHasNoneIsNotFound() async throws {
        try await Live.with { live in
            await expect(.notFound) { try await live.addOns.enable("none", hour: 6) }
            await expect(.notFound) { try await live.addOns.enable("laptop", hour: 6) }
            try await live.makeDisk()
            await expect(.notFound) { try await live.addOns.disable("data") }
            #expect(try await live.addOns.automatic(of: "data").snapshots.isEmpty)
        }
    }
}
