import Foundation
import LightsailAPI
import SloopModel
import Testing

@Suite struct ImageTests {
    private static let images = SloopAPI.ListImages.Output(images: [
        .init(
            blueprint: "debian-12", state: "ready", digest: "e8523ca7138b276d", bytes: 54_927_360,
            createdAt: noon - 3 * 3600),
        .init(
            blueprint: "debian-12", state: "outdated", digest: "0000000000000001", bytes: 2_000_000_000,
            createdAt: noon - 40 * 86400),
        .init(blueprint: "nginx", state: "not built", digest: "1f6e0b1f6e0b1f6e"),
    ])

    @Test func imagesAreListedAlsoThoseThatAreNotBuilt() async throws {
        try await FakeSloop.run([(SloopAPI.ListImages.self, [.ok(Self.images)])]) { fake in
            let outcome = await sloop("image", "list", on: fake)
            #expect(
                outcome.output == """
                    IMAGE      STATE        SIZE  DIGEST            AGE
                    debian-12  ready       52 MB  e8523ca7138b276d   3h
                    debian-12  outdated   1.9 GB  0000000000000001  40d
                    nginx      not built       -  1f6e0b1f6e0b1f6e    -

                    """)
            #expect(outcome.code == 0)
        }
    }

    @Test func aBuildIsFollowedToItsEndAndSaysWhatCameOfIt() async throws {
        var done = Sample.operation("Succeeded", kind: "build-image")
        done.changedAt = done.createdAt + 21.4
        let steps = [Sample.operation("Started", phase: "build", kind: "build-image"), done]
        try await FakeSloop.run([
            (SloopAPI.BuildImage.self, [.ok(["blueprintId": "debian-12", "operationId": "op-1"])]),
            (SloopAPI.WaitForOperation.self, steps.map { .ok(["operation": $0]) }),
            (SloopAPI.ListImages.self, [.ok(Self.images)]),
        ]) { fake in
            // The image of `sandbox` is that of `debian-12`.
            let outcome = await sloop("image", "build", "sandbox", on: fake, isTTY: true)
            #expect(outcome.output == "debian-12 is built (52 MB, 21 s)\n")
            #expect(outcome.error.contains("debian-12: build"))
            #expect(outcome.code == 0)
            #expect(fake.bodies(SloopAPI.BuildImage.self) == [#"{"blueprintId":"sandbox"}"#])
        }
    }

    @Test func whoDoesNotWaitForABuildIsToldTheOperation() async throws {
        var step = Sample.operation("Started", kind: "build-image")
        step.resourceName = "nginx"
        try await FakeSloop.run([
            (SloopAPI.BuildImage.self, [.ok(["blueprintId": "nginx", "operationId": "op-1"])]),
            (SloopAPI.WaitForOperation.self, [.ok(["operation": step])]),
        ]) { fake in
            let outcome = await sloop("image", "build", "nginx", "--no-wait", on: fake)
            #expect(outcome.output == "build-image of nginx goes on as operation op-1\n")
            #expect(outcome.code == 0)
        }
    }

    @Test func aBuildThatFailsIsAnError() async throws {
        var step = Sample.operation("Failed", error: "image.sh failed:\nno space left", kind: "build-image")
        step.resourceName = "nginx"
        try await FakeSloop.run([
            (SloopAPI.BuildImage.self, [.ok(["blueprintId": "nginx", "operationId": "op-1"])]),
            (SloopAPI.WaitForOperation.self, [.ok(["operation": step])]),
            (SloopAPI.ListOperations.self, [.ok(["operations": [step]])]),
        ]) { fake in
            let outcome = await sloop("image", "build", "nginx", on: fake)
            #expect(outcome.error.hasPrefix("error: build-image of 'nginx' failed: image.sh failed:\nno space left\n"))
            #expect(outcome.code == 1)
            // In a table an error has one line.
            #expect(
                await sloop("operation", "list", on: fake).output == """
                    OPERATION  KIND         RESOURCE  STATUS  PHASE  AGE  ERROR
                    op-1       build-image  nginx     Failed  -       3h  image.sh failed: …

                    """)
        }
    }

    @Test(arguments: [(1, "the image of nginx is deleted\n"), (3, "3 images of nginx are deleted\n")])
    func imagesAreDeletedByBlueprint(_ count: Int, _ text: String) async throws {
        try await FakeSloop.run([(SloopAPI.DeleteImage.self, [.ok(["deleted": count])])]) { fake in
            #expect(await sloop("image", "delete", "nginx", on: fake).output == text)
            #expect(fake.bodies(SloopAPI.DeleteImage.self) == [#"{"blueprintId":"nginx"}"#])
        }
    }

    @Test func anEngineWithoutImagesIsAnErrorWithATip() async throws {
        let error = SloopError(.notOffered, "the engine 'local' needs no images", tip: "sloop serve --engine incus")
        try await FakeSloop.run([(SloopAPI.ListImages.self, [.error(error)])]) { fake in
            let outcome = await sloop("image", "list", on: fake)
            #expect(outcome.error == "error: the engine 'local' needs no images\ntip: sloop serve --engine incus\n")
            #expect(outcome.code == 2)
        }
    }
}
