import Foundation

/// The sizes of machines' disks on btrfs, which are quotas.
///
/// Newer kernels stop to count when something large is deleted (`drop_subtree_threshold`, 3 levels since 6.13) or a number is
/// not as it should be, and from then on no size is kept until all is counted anew, which takes seconds. Simple quotas, which
/// `scripts/install-incus` begins where the kernel has them, do not.
/// https://docs.kernel.org/filesystems/btrfs.html
enum BtrfsQuotas {
    /// Where the kernel tells of the quotas of the file system with that label, which Incus gives to a pool that it made.
    static func folder(of pool: String) -> String? {
        let all = "/sys/fs/btrfs"
        return ((try? FileManager.default.contentsOfDirectory(atPath: all)) ?? []).first { id in
            (try? String(contentsOfFile: "\(all)/\(id)/label", encoding: .utf8)).map { $0 == "\(pool)\n" } ?? false
        }.map { "\(all)/\($0)/qgroups" }
    }

    /// Whether sizes are not kept at this moment; false for a pool that is not on btrfs, or elsewhere.
    static func areLost(in pool: String) -> Bool {
        guard let folder = folder(of: pool) else { return false }
        return (try? String(contentsOfFile: "\(folder)/inconsistent", encoding: .utf8)) == "1\n"
    }

    static func mountPoint(of pool: String) -> String { "/var/lib/incus/storage-pools/\(pool)" }

    /// Has the kernel go on counting whatever is deleted, and count anew if it had stopped. For root; nothing happens else.
    static func keep(in pool: String) {
        guard let folder = folder(of: pool) else { return }
        // 8 is deeper than any tree.
        try? "8".write(toFile: "\(folder)/drop_subtree_threshold", atomically: false, encoding: .utf8)
        guard areLost(in: pool) else { return }
        let descriptor = open(mountPoint(of: pool), O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { return }
        defer { close(descriptor) }
        // BTRFS_IOC_QUOTA_RESCAN; what it takes is 64 bytes of zero.
        var arguments = [UInt64](repeating: 0, count: 8)
        _ = ioctl(descriptor, 0x4040_942C, &arguments)
    }
}
