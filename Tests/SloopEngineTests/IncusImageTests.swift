import Foundation
import SloopModel
import Testing

@testable import SloopEngine

@Suite(.needsIncus) struct IncusImageTests {
    @Test func anImageThatIsMadeAnewTakesThePlaceOfTheOneBefore() async throws {
        try await withIncus { bench, engine in
            let store = try #require(engine.images)
            let folder = bench.folder.appending(path: "blueprint")
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            try Data("date +%N > /etc/baked\n".utf8).write(to: folder.appending(path: "bake.sh"))
            let key = MachineImage.Key(blueprint: "renewed", digest: String(UUID().uuidString.prefix(8)).lowercased())
            let recipe = Recipe(base: try await TestImage.ready(), script: "bake.sh", firstBoot: nil, folder: folder)
            func there() async throws -> [String] {
                let all: [IncusImage] = try await engine.client.get("/1.0/images?recursion=1")
                return all.filter { $0.properties["sloop.digest"] == key.digest }.map(\.fingerprint)
            }
            try await store.bake(key, recipe)
            let before = try await there()
            try await store.bake(key, recipe)
            let after = try await there()
            #expect(before.count == 1 && after.count == 1 && before != after)
            #expect(try await store.list().contains { $0.key == key })
            try await store.delete(key)
            #expect(try await there().isEmpty)
        }
    }
}
