import Foundation

/// SplitMix64: the same numbers for the same seed, on every machine.
struct Randomness: RandomNumberGenerator {
    /// SLOOP_FUZZ_SEED, else a new one; printed, so that what was found can be found again.
    static let seed: UInt64 = {
        let seed =
            ProcessInfo.processInfo.environment["SLOOP_FUZZ_SEED"].flatMap { UInt64($0) }
            ?? UInt64.random(in: 1...999_999_999)
        print("SLOOP_FUZZ_SEED=\(seed)")
        return seed
    }()

    /// SLOOP_FUZZ_CASES, else as many as a few seconds allow.
    static let cases = ProcessInfo.processInfo.environment["SLOOP_FUZZ_CASES"].flatMap { Int($0) } ?? 10_000

    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }

    mutating func below(_ limit: Int) -> Int { Int.random(in: 0..<max(1, limit), using: &self) }

    /// The bytes with a few of them changed, removed, doubled or inserted.
    mutating func spoilt(_ bytes: [UInt8]) -> [UInt8] {
        var bytes = bytes
        for _ in 0...below(3) {
            let at = below(bytes.count)
            switch below(6) {
            case 0 where !bytes.isEmpty: bytes[at] ^= 1 << UInt8(below(8))
            case 1 where !bytes.isEmpty: bytes[at] = UInt8(below(256))
            case 2 where !bytes.isEmpty: bytes.remove(at: at)
            case 3: bytes.insert(UInt8(below(256)), at: at)
            case 4: bytes.insert(contentsOf: Self.words[below(Self.words.count)].utf8, at: at)
            default:
                let end = at + below(bytes.count - at + 1)
                bytes.insert(contentsOf: bytes[at..<min(end, bytes.count)], at: at)
            }
        }
        return bytes
    }

    private static let words = [
        "\"", "\\", "{", "}", "[", "]", ":", ",", "null", "true", "-1", "1e999", "99999999999999999999", "\\u0000",
        "\\ud800",
        "\u{0}", "é", "/", "=", ";", "%00", "%", "AWS4-HMAC-SHA256", "../", " ", "\t", "0.1", "\u{FEFF}",
    ]

    /// A JSON value, right or wrong, not deeper than that.
    mutating func json(depth: Int) -> String {
        switch below(depth > 0 ? 9 : 7) {
        case 0: "null"
        case 1: ["true", "false"][below(2)]
        case 2: "\(Int64(bitPattern: next()))"
        case 3: "\(Double(below(2000)) / 7)"
        case 4: ["1e308", "-0", "1E5", "1e999", "5.0", "0.1e-400"][below(6)]
        case 5, 6: "\"\(["web", "us-east-1a", "\\u0000", "é", "' OR 1=1", "", "x\\ny"][below(7)])\""
        case 7: "[" + (0..<below(4)).map { _ in json(depth: depth - 1) }.joined(separator: ",") + "]"
        default: "{" + (0..<below(4)).map { "\"k\($0)\":\(json(depth: depth - 1))" }.joined(separator: ",") + "}"
        }
    }
}
