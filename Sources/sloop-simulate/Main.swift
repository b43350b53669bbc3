import Foundation
import SloopProvisioner

/// `sloop-simulate --seed N` runs one seed and shows what happens; `--seeds N [--from M]` runs many and says which fail.
/// `--crashes [--saga NAME] [--stride N] [--part I/N]` kills a server at every event of every saga, and again in each recovery.
/// `--rotations N [--from M]` changes keys that often while servers die. `--unswept` lists the sagas that `--crashes` has no case of.
@main enum Main {
    static func main() {
        // Sets and dictionaries are walked in an order that is another one in each process, unless this is so.
        if getenv("SWIFT_DETERMINISTIC_HASHING") == nil {
            setenv("SWIFT_DETERMINISTIC_HASHING", "1", 1)
            var arguments = CommandLine.arguments.map { strdup($0) } + [nil]
            execv("/proc/self/exe", &arguments)
        }
        do {
            exit(try run(Array(CommandLine.arguments.dropFirst())) ? 0 : 1)
        } catch {
            FileHandle.standardError.write(Data("sloop-simulate: \(error)\n".utf8))
            exit(2)
        }
    }

    /// Whether no seed failed.
    private static func run(_ words: [String]) throws -> Bool {
        func number(_ name: String) -> UInt64? {
            words.firstIndex(of: name).flatMap { words.indices.contains($0 + 1) ? UInt64(words[$0 + 1]) : nil }
        }
        let base = try Base(catalog: nil)
        defer { base.remove() }
        if let seed = number("--seed") {
            return try play(seed, in: base, isShown: !words.contains("--quiet")) == nil
        }
        let first = number("--from") ?? 1
        if words.contains("--unswept") {
            let swept = Set(SagaCase.all.map(\.kind))
            for kind in SagaKind.all where !swept.contains(kind.name) { say(kind.name) }
            return true
        }
        if words.contains("--crashes") { return try crashes(words, number, base) }
        if let count = number("--rotations") { return try rotations(Int(count), from: first, base) }
        guard let count = number("--seeds") else {
            throw Violation("usage: sloop-simulate --seed N [--quiet] | --seeds N [--from N]")
        }
        var failed: [UInt64] = []
        var progress = Progress("seeds", of: Int(count))
        for seed in first..<first + count {
            progress.reached(Int(seed - first), ", \(failed.count) failed")
            guard try play(seed, in: base, isShown: false) != nil else { continue }
            failed.append(seed)
            if words.contains("--until-one-fails") { break }
        }
        say("\(count) seeds from \(first): \(failed.count) failed")
        return failed.isEmpty
    }

    private static func crashes(_ words: [String], _ number: (String) -> UInt64?, _ base: Base) throws -> Bool {
        let name = words.firstIndex(of: "--saga").map { words[$0 + 1] }
        let part = words.firstIndex(of: "--part").map { words[$0 + 1].split(separator: "/").compactMap { Int($0) } }
        let cases = SagaCase.all.enumerated().filter { index, one in
            (name == nil || one.name == name) && (part.map { index % $0[1] == $0[0] } ?? true)
        }.map(\.element)
        let sweep = Sweep(base: base, stride: Int(number("--stride") ?? 1))
        if let deaths = words.firstIndex(of: "--deaths"), let one = cases.first {
            try sweep.show(
                one, words[deaths + 1].split(separator: ",").compactMap { Int($0) },
                number("--failing").map { request in
                    (Int(request), Site.Mishap.allCases.first { words.contains("\($0)") } ?? .refused)
                })
            return true
        }
        return try cases.map { try sweep.sweep($0) }.allSatisfy { $0 }
    }

    private static func rotations(_ wanted: Int, from first: UInt64, _ base: Base) throws -> Bool {
        var (seed, done, deaths, isGood) = (first, 0, 0, true)
        var progress = Progress("rotations", of: wanted)
        while done < wanted {
            progress.reached(done, ", servers died \(deaths) times")
            let run = try Run(seed, in: base, isShown: false)
            defer { run.leave() }
            do {
                try run.play { try await Rotations.tell($0, 25) }
                done += run.rotated
                deaths += run.servers - 1
            } catch let violation as Violation {
                say("rotations of seed \(seed) FAILED: \(violation)")
                isGood = false
                break
            }
            seed += 1
        }
        say("\(done) rotations in \(seed - first) runs, in which servers died \(deaths) times")
        return isGood
    }

    /// Nil if nothing is wrong with it.
    private static func play(_ seed: UInt64, in base: Base, isShown: Bool) throws -> Violation? {
        let run = try Run(seed, in: base, isShown: isShown)
        defer { run.leave() }
        do {
            try run.play(Story.tell)
            if isShown { say("seed \(seed): ok, \(run.loop.steps) steps, trace \(run.trace.digest)") }
            return nil
        } catch let violation as Violation {
            say("seed \(seed) FAILED: \(violation); see it: make simulate SEED=\(seed)")
            return violation
        }
    }
}
