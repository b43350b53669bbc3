import Foundation

/// Code that was needed once, to start.
enum StartupPages {
    /// Takes all code, of the program and of its libraries, out of this process's memory; what is needed again comes back from
    /// the page cache, some pages at a time.
    ///
    /// Two thirds of what an idle server has resident is code, most of which ran only while it started.
    static func giveBack() {
        guard let maps = try? String(contentsOfFile: "/proc/self/maps", encoding: .utf8) else { return }
        for line in maps.split(separator: "\n") {
            let words = line.split(separator: " ", omittingEmptySubsequences: true)
            // Code in files only: pages that were written to, such as those with addresses in them, would lose that.
            guard words.count > 5, words[1] == "r-xp", words[5].hasPrefix("/") else { continue }
            let ends = words[0].split(separator: "-").compactMap { UInt($0, radix: 16) }
            guard ends.count == 2, let start = UnsafeMutableRawPointer(bitPattern: ends[0]) else { continue }
            madvise(start, Int(ends[1] - ends[0]), MADV_DONTNEED)
        }
    }
}
