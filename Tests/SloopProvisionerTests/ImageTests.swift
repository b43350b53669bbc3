import Foundation
import Logging
import SloopEngine
import SloopModel
import SloopStore
import Testing

@testable import SloopProvisioner

@Suite(.needsSandbox) struct ImageTests {
    /// Services over these images, in which sagas run by themselves.
    private func with(_ body: (Provisioner, FakeImages) async throws -> Void) async throws {
        try await Rig.with { rig in
            let images = FakeImages()
            let provisioner = Provisioner(
                world: try rig.heir(images), catalog: rig.catalog,
                logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
            let result: Result<Void, any Error>
            do { result = .success(try await body(provisioner, images)) } catch { result = .failure(error) }
            await provisioner.stop()
            try result.get()
        }
    }

    private func build(_ blueprint: String, _ provisioner: Provisioner) async throws -> SloopModel.Operation {
        let operation = try await provisioner.images.build(blueprint)
        var view = try await provisioner.operations.find(operation.id)
        for _ in 0..<10 where !view.operation.isOver {
            view = try await provisioner.operations.wait(operation.id, knownPhase: view.phase, upTo: .seconds(60))
        }
        return view.operation
    }

    @Test func anImageIsBuiltWithWhatItIsMadeOnAndBuiltAnew() async throws {
        try await with { provisioner, images in
            #expect(try await provisioner.images.list().filter(\.isBuilt).isEmpty)
            let operation = try await build("baked", provisioner)
            #expect(operation.status == .succeeded && operation.resourceType == "Image", "\(operation)")
            #expect(operation.kind == "build-image" && operation.resourceName == "baked")
            #expect(images.made == ["plain", "baked"])
            // What it is made on is there, and stays as it is.
            #expect(try await build("baked", provisioner).status == .succeeded)
            #expect(images.made == ["plain", "baked", "baked"])
            let views = try await provisioner.images.list()
            #expect(views.map(\.blueprint) == ["baked", "plain", "slow"])
            #expect(views.map(\.bytes) == [2000, 5, nil])
        }
    }

    @Test func aBlueprintThatSharesAnImageBuildsThatOne() async throws {
        try await with { provisioner, images in
            let operation = try await build("shared", provisioner)
            #expect(operation.resourceName == "plain")
            #expect(images.made == ["plain"])
            let error = await #expect(throws: SloopError.self) { try await provisioner.images.delete("shared") }
            #expect(error?.tip == "sloop image delete plain")
        }
    }

    @Test func whatIsOutdatedIsListedAndDeletedWithTheRest() async throws {
        try await with { provisioner, images in
            try images.addOutdated("plain")
            try images.addOutdated("forgotten")
            _ = try await build("plain", provisioner)
            let plain = try await provisioner.images.list().filter { $0.blueprint == "plain" }
            #expect(plain.map(\.isOutdated) == [false, true])
            #expect(try await provisioner.images.delete("plain") == 2)
            #expect(try await provisioner.images.delete("forgotten") == 1)
            #expect(try await images.list().isEmpty)
            await expect(.notFound) { try await provisioner.images.delete("plain") }
            let last = try await provisioner.operations.list(of: "plain", limit: 1)
            #expect(last.first?.operation.kind == "delete-image")
        }
    }

    @Test func aBuildThatFailsSaysWhyAndMayBeTriedAgain() async throws {
        try await with { provisioner, images in
            images.fail()
            let failed = try await build("plain", provisioner)
            #expect(failed.status == .failed && failed.error?.contains("made to fail") == true)
            images.fail(false)
            #expect(try await build("plain", provisioner).status == .succeeded)
        }
    }

    @Test func aServerThatEndsEndsTheBuildAndTheNextOneBegins() async throws {
        try await Rig.with { rig in
            let images = FakeImages()
            let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
            let first = Provisioner(world: try rig.heir(images), catalog: rig.catalog, logger: logger)
            let operation = try await first.images.build("slow")
            let begun = rig.folder.appending(path: "begun")
            var script: pid_t?
            for _ in 0..<2000 where script == nil {
                script = pid_t((try? String(contentsOf: begun, encoding: .utf8))?.dropLast() ?? "")
                if script == nil { try await Task.sleep(for: .milliseconds(5)) }
            }
            let pid = try #require(script)
            #expect(kill(pid, 0) == 0)
            let start = ContinuousClock.now
            await first.stop()
            #expect(start.duration(to: .now) < .seconds(10))
            #expect(kill(pid, 0) != 0)
            #expect(try await first.operations.find(operation.id).operation.status == .started)

            try Data().write(to: rig.folder.appending(path: "go"))
            let second = Provisioner(world: try rig.heir(images), catalog: rig.catalog, logger: logger)
            await second.start()
            let view = try await second.operations.wait(operation.id, knownPhase: "build", upTo: .seconds(60))
            await second.stop()
            #expect(view.operation.status == .succeeded && images.made == ["slow"], "\(view)")
        }
    }

    @Test func whatIsBeingBuiltIsNotBuiltTwiceNorDeleted() async throws {
        try await Rig.with { rig in
            // Nobody runs what is accepted here.
            let service = ImageService(world: try rig.heir(FakeImages()).of(.default), desk: rig.desk)
            let first = try await service.build("plain")
            await expect(.busy) { try await service.build("shared") }
            let error = await #expect(throws: SloopError.self) { try await service.delete("plain") }
            #expect(error?.code == .busy && error?.message.contains(first.id.value) == true)
        }
    }

    @Test func whatIsNoBlueprintIsRefusedAtOnce() async throws {
        try await with { provisioner, _ in
            await expect(.invalidInput) { try await provisioner.images.build("moon") }
        }
    }

    @Test func anEngineThatNeedsNoImagesSaysSo() async throws {
        try await Live.with { live in
            let images = live.provisioner.images
            let error = await #expect(throws: SloopError.self) { try await images.list() }
            #expect(error?.code == .notOffered && error?.message == "the engine 'local' needs no images")
            await expect(.notOffered) { try await images.build("debian-12") }
            await expect(.notOffered) { try await images.delete("debian-12") }
        }
    }
}
