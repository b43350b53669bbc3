package import SloopModel

/// What reaches our machines from outside at one moment.
package struct PublicReach: Sendable {
    private let ways: [InstanceID: Set<String>]
    private let expected: @Sendable (PublicAccess) -> Set<String>

    /// - Parameters:
    ///   - ways: each way to a machine, in words of the engine's own.
    ///   - expected: what the ways are that the engine makes for that access.
    package init(ways: [InstanceID: Set<String>], expected: @escaping @Sendable (PublicAccess) -> Set<String>) {
        self.ways = ways
        self.expected = expected
    }

    /// Whether the machine is reached at another address, at more or fewer ports, or at one address more.
    package func isOtherwise(than access: PublicAccess) -> Bool {
        ways[access.instance, default: []] != expected(access)
    }
}
