import FaultyDisk
import Foundation
import SloopModel
import Testing

@testable import SloopStore

/// What a disk may have after the power went: all that was synced, and of what was written since then any part.
private struct CutDisk {
    struct File {
        var synced: [UInt8] = []
        /// What was done since.
        var pending: [FaultyDisk.Event] = []
        var isGone = false
    }

    private(set) var files: [String: File] = [:]

    mutating func take(_ event: FaultyDisk.Event) {
        switch event.what {
        case .write, .truncate:
            if files[event.name]?.isGone != false { files[event.name] = File() }
            files[event.name]?.pending.append(event)
        case .sync:
            // What was deleted before is gone with it: file systems keep that order.
            files = files.filter { !$0.value.isGone }
            guard var file = files[event.name] else { return }
            for change in file.pending { CutDisk.apply(change, to: &file.synced, bytes: change.bytes.count) }
            file.pending = []
            files[event.name] = file
        case .delete: files[event.name]?.isGone = true
        case .lock, .map, .note: break
        }
    }

    private static func apply(_ event: FaultyDisk.Event, to content: inout [UInt8], bytes: Int) {
        if event.what == .truncate {
            content.removeLast(max(0, content.count - event.offset))
            return
        }
        let end = event.offset + bytes
        if content.count < end { content += Array(repeating: 0, count: end - content.count) }
        content.replaceSubrange(event.offset..<end, with: event.bytes[..<bytes])
    }

    /// How much of what was not synced is there.
    enum Luck: CaseIterable { case all, none, some }

    func write(to folder: URL, _ luck: Luck, by dice: inout some RandomNumberGenerator) throws {
        for (name, file) in files {
            // A deletion may have been forgotten.
            if file.isGone && (luck == .all || Bool.random(using: &dice)) { continue }
            var content = file.synced
            for change in file.pending where luck != .none {
                // A sector is written whole or not at all.
                let sectors = change.bytes.count / 512
                let part = luck == .all ? 9 : Int.random(in: 0..<10, using: &dice)
                if part < 3 { continue }
                let bytes =
                    part < 5 && sectors > 1 ? Int.random(in: 0..<sectors, using: &dice) * 512 : change.bytes.count
                CutDisk.apply(change, to: &content, bytes: bytes)
            }
            try Data(content).write(to: folder.appending(path: name))
        }
    }
}

/// The same numbers each time.
private struct Dice: RandomNumberGenerator {
    private var state: UInt64
    init(_ seed: UInt64) { state = seed &* 0x9E37_79B9_7F4A_7C15 | 1 }

    mutating func next() -> UInt64 {
        state ^= state << 13
        state ^= state >> 7
        state ^= state << 17
        return state
    }
}

@Suite struct PowerCutTests {
    @Test func whateverWasAcknowledgedIsThereWhenThePowerGoesAtAnyMoment() async throws {
        let disk = try FaultyDisk()
        let work = StoreWork(folder: disk.folder)
        disk.record()
        let store = try work.open()
        try await work.makeEager(store)
        for number in 0..<StoreWork.count {
            try await work.write(number, to: store)
            disk.note("\(number)")
        }
        try store.close()
        let key = try #require(FileManager.default.contents(atPath: disk.folder.appending(path: Vault.fileName).path))

        let events = disk.events
        var (cut, dice, acknowledged) = (CutDisk(), Dice(7), 0)
        for (moment, event) in events.enumerated() {
            if event.what == .note {
                acknowledged += 1
                continue
            }
            cut.take(event)
            let luck = CutDisk.Luck.allCases[moment % 3]
            let image = try Scratch()
            try cut.write(to: image.url, luck, by: &dice)
            try key.write(to: image.url.appending(path: Vault.fileName))
            do {
                let work = StoreWork(folder: image.url)
                let store = try work.open()
                try await work.checkFile(store)
                for number in 0..<StoreWork.count {
                    let isThere = try await work.has(number, in: store)
                    try #require(isThere || number >= acknowledged, "transaction \(number) is lost")
                    // Nothing that comes later than the one that was under way.
                    try #require(!isThere || number <= acknowledged)
                }
                // It goes on.
                try await store.write { try $0.set(setting: "after", to: "\(moment)") }
                try store.close()
            } catch {
                Issue.record("after \(moment) of \(events.count), \(event.what) of \(event.name), \(luck): \(error)")
                return
            }
        }
        print("power cuts: \(events.count)")
        #expect(events.count > 200 && acknowledged == StoreWork.count)
    }
}
