import Foundation

/// `sloop-simulate --seed N` runs one seed and shows what happens; `--seeds N [--from M]` runs many and says which fail.
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
        guard let count = number("--seeds") else {
            throw Violation("usage: sloop-simulate --seed N [--quiet] | --seeds N [--from N]")
        }
        var failed: [UInt64] = []
        for seed in first..<first + count where try play(seed, in: base, isShown: false) != nil { failed.append(seed) }
        print("\(count) seeds from \(first): \(failed.count) failed")
        return failed.isEmpty
    }

    /// Nil if nothing is wrong with it.
    private static func play(_ seed: UInt64, in base: Base, isShown: Bool) throws -> Violation? {
        let run = try Run(seed, in: base, isShown: isShown)
        do {
            try run.play(Story.tell)
            if isShown { print("seed \(seed): ok, \(run.loop.steps) steps, trace \(run.trace.digest)") }
            return nil
        } catch let violation as Violation {
            print("seed \(seed) FAILED: \(violation); see it: make simulate SEED=\(seed)")
            return violation
        }
    }
}
