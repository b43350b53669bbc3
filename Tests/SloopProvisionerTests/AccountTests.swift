import Foundation
import SloopCatalog
import SloopModel
import SloopStore
import Testing

@testable import SloopProvisioner

@Suite struct AccountTests {
    @Test(.needsSandbox) func oneAccountNeitherSeesNorTouchesWhatIsTheOthers() async throws {
        try await Live.with { live in
            let mine = live.provisioner.of(.default)
            let theirs = live.provisioner.of(Account(known: "theirs"))
            try await live.rig.everything.write { try $0.ensure(Account(known: "theirs"), at: Date()) }
            let request = InstanceService.Request(names: ["web"], blueprint: "sandbox", bundle: "nano")
            let operation = try await mine.instances.create(request)[0]
            try await live.complete(operation)
            #expect(try await theirs.instances.list().isEmpty)
            #expect(try await theirs.operations.list(of: nil, limit: 9).isEmpty)
            #expect(try await theirs.costs.cost(of: nil).items.isEmpty)
            #expect(try await theirs.tags.activeNames(after: nil, limit: 9).isEmpty)
            for call in [
                { _ = try await theirs.instances.find("web") },
                { _ = try await theirs.instances.stop("web") },
                { _ = try await theirs.instances.delete("web") },
                { _ = try await theirs.instances.temporaryAccess(to: "web") },
                { _ = try await theirs.instances.readHostKey(of: "web") },
                { _ = try await theirs.launches.rerun("web", script: "true") },
                { _ = try await theirs.tags.tag("web", with: ["a": "b"]) },
                { _ = try await theirs.operations.find(operation.id) },
                { _ = try await theirs.keyPairs.find("laptop") },
                { _ = try await theirs.rotations.dryRun(keyPair: "laptop", instances: nil) },
            ] as [@Sendable () async throws -> Void] {
                let error = await #expect(throws: SloopError.self) { try await call() }
                #expect(error?.code == .notFound)
            }
            // The same name is free for the other, whose machine is another.
            let second = try await theirs.instances.create(request)[0]
            let end = try await theirs.operations.waitForEnd(second.id, upTo: .seconds(60)).operation
            #expect(end.status == .succeeded)
            let (a, b) = (
                try await mine.instances.find("web").instance, try await theirs.instances.find("web").instance
            )
            #expect(a.id != b.id && a.address != b.address && b.account == Account(known: "theirs"))
            _ = try await theirs.instances.deleteAndWait("web", upTo: .seconds(60))
            #expect(try await theirs.instances.list().isEmpty)
            #expect(try await mine.instances.find("web").instance.state == .running)
        }
    }

    @Test(.needsSandbox) func tagsAreMergedAndTakenAwayByKey() async throws {
        try await Live.with { live in
            let tags = live.provisioner.of(.default).tags
            _ = try await tags.tag("laptop", with: ["team": "blue", "env": "test"])
            _ = try await tags.tag("laptop", with: ["team": "red", "flag": ""])
            _ = try await tags.untag("laptop", keys: ["env", "never"])
            #expect(try await live.provisioner.keyPairs.find("laptop").pair.tags == ["team": "red", "flag": ""])
            let error = await #expect(throws: SloopError.self) { try await tags.tag("laptop", with: ["aws:x": "y"]) }
            #expect(error?.code == .invalidInput)
            #expect(try await live.provisioner.keyPairs.find("laptop").pair.tags == ["team": "red", "flag": ""])
        }
    }
}
