import SloopEngine
import SloopModel
import SloopSaga
import SloopStore
import Testing

@testable import SloopProvisioner

/// What reaches machines from outside is what is recorded, whoever changed it.
@Suite(.needsSandbox) struct PublicAccessTests {
    @Test func aChangeThatIsMadeAfterItWasGivenUpAndUndoneIsTakenBack() async throws {
        try await Live.with { live in
            let instance = try await live.makeReached()
            live.engine.fail(.open)
            let late = instance.publicAccess(by: [.tcp(22), .tcp(8443)])
            await #expect(throws: SloopError.self) {
                _ = try await live.provisioner.of(.default).firewall.put(late.rules, of: "web")
            }
            live.engine.fail()
            live.rig.storage.meddle(instance.publicAddress, late)
            for _ in 0..<2 { await live.provisioner.reconcile() }
            try await live.check("taken back")
            try await live.rig.checkNetwork("taken back")
            // Somebody who looks sees that it was otherwise, and when.
            #expect(try await live.restorations() == [.succeeded])
        }
    }

    @Test func anAddressThatIsTakenAfterItsMoveWasGivenUpComesBackToWhomItIsRecordedFor() async throws {
        try await Live.with { live in
            let (one, two) = (try await live.makeReached(), try await live.makeReached("two"))
            live.rig.storage.meddle(two.publicAddress, one.publicAccess(at: two.publicAddress))
            live.rig.storage.meddle(one.publicAddress, nil)
            for _ in 0..<2 { await live.provisioner.reconcile() }
            try await live.check("both are back")
            try await live.rig.checkNetwork("both are back")
            #expect(try await live.restorations() == [.succeeded, .succeeded])
        }
    }

    @Test(arguments: ["gone", "with other ports", "and one more"])
    func whatSomebodyChangedByHandIsAsRecordedAgain(_ what: String) async throws {
        try await Live.with { live in
            let instance = try await live.makeReached()
            try await live.stop()
            switch what {
            case "gone": live.rig.storage.meddle(instance.publicAddress, nil)
            case "with other ports":
                live.rig.storage.meddle(instance.publicAddress, instance.publicAccess(by: [.tcp(81)]))
            default: live.rig.storage.meddle("198.51.9.9", instance.publicAccess(at: "198.51.9.9"))
            }
            for _ in 0..<2 { await live.provisioner.reconcile() }
            try await live.check("as recorded")
            try await live.rig.checkNetwork("as recorded")
            #expect(try await live.restorations() == [.succeeded])
        }
    }

    @Test func whatIsOtherwiseAtOneLookAloneIsLeft() async throws {
        try await Live.with { live in
            let instance = try await live.makeReached()
            for _ in 0..<3 {
                live.rig.storage.meddle(instance.publicAddress, nil)
                await live.provisioner.reconcile()
                live.rig.storage.meddle(instance.publicAddress, instance.publicAccess())
                await live.provisioner.reconcile()
            }
            #expect(try await live.restorations() == [])
        }
    }

    @Test func aMachineThatIsWorkedOnIsNotJudgedByWhatReachesIt() async throws {
        try await Live.with { live in
            let instance = try await live.makeReached()
            // A saga that is recorded here is run by nobody.
            _ = try await live.rig.store.write { tables in
                try tables.accept(
                    StopInstance.saga, InstanceParameters(instance: instance.id), of: .default, on: "web",
                    locks: [Lock.instance(instance.id)], at: live.rig.world.now())
            }
            live.rig.storage.meddle(instance.publicAddress, nil)
            let reconciler = live.rig.publicAccessReconciler()
            for _ in 0..<3 { try await reconciler.round() }
            let operations = try await live.rig.store.read { try $0.operations(limit: 100) }
            #expect(operations.allSatisfy { $0.kind != RestorePublicAccess.saga.name })
        }
    }

    @Test func whatCannotBeRestoredIsTriedLessAndLessOften() async throws {
        let clock = HeldClock()
        try await Live.with(clock: clock) { live in
            let instance = try await live.makeReached()
            live.rig.storage.meddle(instance.publicAddress, nil)
            live.engine.fail(.open)
            // Seconds that pass, and how often it was tried by then.
            for (seconds, tries) in [(0, 1), (9, 1), (1, 2), (19, 2), (1, 3)] {
                clock.advance(.seconds(seconds))
                for _ in 0..<4 {
                    await live.provisioner.reconcile()
                    try await live.quiet()
                }
                #expect(try await live.restorations() == Array(repeating: .failed, count: tries))
            }
            #expect(try await live.find().state == .running)
        }
    }

    @Test func anEngineThatDoesNotSayWhatReachesItsMachinesKeepsNothingElseFromBeingLookedAfter() async throws {
        try await Live.with { live in
            let instance = try await live.makeReached()
            live.rig.storage.meddle(instance.publicAddress, nil)
            try await live.rig.engine.stop(instance.id)
            live.engine.fail(.reach)
            for _ in 0..<3 { await live.provisioner.reconcile() }
            #expect(try await live.find().state == .stopped)
            #expect(try await live.restorations() == [])
        }
    }
}

extension Live {
    /// An instance on an engine with public addresses.
    fileprivate func makeReached(_ name: String = "web") async throws -> Instance {
        rig.storage.giveNetwork()
        return try await make(name)
    }

    /// How the operations ended that set right what reached machines.
    fileprivate func restorations() async throws -> [SloopModel.Operation.Status] {
        try await quiet()
        return try await provisioner.operations.list(of: nil, limit: 1000).map(\.operation)
            .filter { $0.kind == RestorePublicAccess.saga.name }.map(\.status)
    }
}
