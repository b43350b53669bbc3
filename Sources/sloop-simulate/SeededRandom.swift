import SloopModel

/// Numbers that follow from a seed: SplitMix64. Used on the loop's thread alone.
final class SeededRandom: RandomSource, @unchecked Sendable {
    private var state: UInt64

    init(_ seed: UInt64) { state = seed }

    /// Another sequence, that does not change when this one is drawn from more or less often.
    convenience init(_ seed: UInt64, _ purpose: String) {
        self.init(seed &* 0x9E37_79B9_7F4A_7C15 ^ FNV1a(purpose).value)
    }

    func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    /// A whole number from 0 to below the limit.
    func below(_ limit: Int) -> Int { Int(next() % UInt64(limit)) }

    func chance(_ probability: Double) -> Bool { Double(next() >> 11) / Double(1 << 53) < probability }

    func pick<Element>(_ all: [Element]) -> Element { all[below(all.count)] }

    func milliseconds(_ range: ClosedRange<Int>) -> Duration {
        .microseconds(range.lowerBound * 1000 + below((range.upperBound - range.lowerBound) * 1000 + 1))
    }

    func bytes(_ count: Int) -> [UInt8] { (0..<count).map { _ in UInt8(truncatingIfNeeded: next()) } }
}
