/// The hash FNV-1a with 64 bits: the same in every process, which Swift's own is not. Not for keeping out forgers.
package struct FNV1a: Sendable {
    package private(set) var value: UInt64 = 14_695_981_039_346_656_037

    package init() {}

    package init(_ text: String) { add(text.utf8) }

    package mutating func add(_ bytes: some Sequence<UInt8>) {
        for byte in bytes { value = (value ^ UInt64(byte)) &* 1_099_511_628_211 }
    }
}
