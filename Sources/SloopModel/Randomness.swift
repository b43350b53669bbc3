import Foundation

/// Where ids and keys come from: the system's generator, unless a simulation gives one of its own.
package enum Randomness {
    /// Nil for the system's.
    @TaskLocal package static var seeded: (any RandomSource)?

    /// A random number of 32 bits.
    package static func number() -> Int32 {
        guard let seeded else { return Int32.random(in: .min ... .max) }
        return seeded.bytes(4).withUnsafeBytes { $0.loadUnaligned(as: Int32.self) }
    }

    /// A random UUID (version 4), lower case.
    static func uuid() -> String {
        guard let seeded else { return UUID().uuidString.lowercased() }
        var bytes = seeded.bytes(16)
        bytes[6] = bytes[6] & 0x0F | 0x40
        bytes[8] = bytes[8] & 0x3F | 0x80
        return bytes.withUnsafeBytes { UUID(uuid: $0.loadUnaligned(as: uuid_t.self)) }.uuidString.lowercased()
    }
}

/// Random bytes that can be had again from the same seed.
package protocol RandomSource: Sendable {
    func bytes(_ count: Int) -> [UInt8]
}
