import Foundation
import SloopModel
import Testing

@testable import SloopEngine

@Suite(.needsIncus) struct IncusFullPoolTests {
    /// Runs the body with an engine whose machines are in a pool of half a gigabyte.
    private func withSmallPool(_ body: (EngineBench, IncusEngine) async throws -> Void) async throws {
        try await withIncus { large, engine in
            var settings = IncusEngine.Settings()
            settings.pool = "sloop-test-\(UUID().uuidString.prefix(8).lowercased())"
            try run("incus", "storage", "create", settings.pool, "btrfs", "size=512MiB")
            let small = try await IncusEngine(.standard, installation: engine.installation, settings: settings)
            let folder = large.folder.appending(path: "small")
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            let bench = try EngineBench(small, folder: folder, username: large.username, image: large.image) { small }
            let result: Result<Void, any Error>
            do { result = .success(try await body(bench, small)) } catch { result = .failure(error) }
            for id in try await small.list().keys { try await small.delete(id) }
            let volumes = try run("incus", "storage", "volume", "list", settings.pool, "-f", "csv", "-c", "tn").out
            for line in volumes.split(separator: "\n") {
                let words = line.split(separator: ",")
                try run("incus", "storage", "volume", "delete", settings.pool, "\(words[0])/\(words[1])")
            }
            try run("incus", "storage", "delete", settings.pool)
            try result.get()
        }
    }

    @Test func aFullPoolFailsACreationInItsWordsAndLeavesNothing() async throws {
        try await withSmallPool { bench, engine in
            let first = try await bench.make(0)
            // A machine that others share a full disk with is still reached.
            // btrfs keeps small files apart from the rest: both parts are filled, and again after each sync, which frees
            // what was set aside for the writes, until there is no room after one.
            let fill = """
                mkdir full; text=$(printf %1800s); i=0
                for pass in $(seq 50); do
                    before=$i; head -c 2G /dev/zero >> full/big
                    while [ $i -lt 200000 ] && echo "$text" > full/$i; do i=$((i + 1)); done
                    sync; [ $i = $before ] && echo filled && break
                done
                """
            #expect(try bench.ssh(first, bench.user, fill).out == "filled\n")
            #expect(try bench.ssh(first, bench.user, "echo in").out == "in\n")

            // What btrfs keeps in reserve is room for none more, or for some thirty.
            var made = Set([first.id])
            var refused: (MachineSpec, any Error)?
            for number in 1...100 where refused == nil {
                let machine = try await bench.order(number)
                do {
                    try await engine.create(machine)
                    made.insert(machine.id)
                } catch { refused = (machine, error) }
            }
            let (second, error) = try #require(refused)
            let words = (error as? SloopError)?.message ?? ""
            #expect(words.contains("no space left on device") && words.contains(second.hostName), "\(error)")
            #expect(try await Set(engine.list().keys) == made)
            #expect(try await engine.leftovers().isSubset(of: made))

            #expect(try bench.ssh(first, bench.user, "rm -rf full; sync; echo freed").out == "freed\n")
            try await engine.create(second)
            try await engine.start(second.id)
            try await bench.waitForLogin(second)
        }
    }

    @Test func aPoolThatStoppedToCountSizesCountsAgainAfterTheNextRound() async throws {
        try await withSmallPool { bench, engine in
            let label = engine.settings.pool
            _ = try await bench.make(0)
            // The pool had not begun to count when the engine was made.
            _ = try await engine.list()
            let threshold = "\(try #require(BtrfsQuotas.folder(of: label)))/drop_subtree_threshold"
            #expect(try String(contentsOfFile: threshold, encoding: .utf8) == "8\n")

            let second = try await bench.make(1)
            try "0".write(toFile: threshold, atomically: false, encoding: .utf8)
            try await engine.delete(second.id)
            try await bench.waitUntil("it has stopped") {
                // What was deleted goes by the next commit, which the kernel has time for.
                try run("btrfs", "filesystem", "sync", BtrfsQuotas.mountPoint(of: label))
                return BtrfsQuotas.areLost(in: label)
            }
            try await bench.waitUntil("it counts") {
                _ = try await engine.list()
                return !BtrfsQuotas.areLost(in: label)
            }
            #expect(try String(contentsOfFile: threshold, encoding: .utf8) == "8\n")
        }
    }
}
