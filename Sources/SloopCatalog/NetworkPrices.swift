/// What public addresses cost.
package struct NetworkPrices: Hashable, Sendable {
    /// US cents a month for a static address while it is attached to nothing; an attached one is free.
    package let unattachedAddress: Int

    init(_ object: inout StrictObject) throws {
        unattachedAddress = try object.price("unattachedAddressMonthUSD")
        try object.end()
    }
}
