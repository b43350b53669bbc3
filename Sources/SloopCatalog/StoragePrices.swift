/// What disks and snapshots cost.
package struct StoragePrices: Hashable, Sendable {
    /// US cents a month for each gigabyte of a disk's size.
    package let diskGB: Int
    /// US cents a month for each gigabyte of the size of the disk that a snapshot is of.
    package let snapshotGB: Int

    init(_ object: inout StrictObject) throws {
        diskGB = try object.price("diskGBMonthUSD")
        snapshotGB = try object.price("snapshotGBMonthUSD")
        try object.end()
    }
}
