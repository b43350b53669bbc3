import Foundation
import SloopModel
import SloopProvisioner
import Synchronization

/// Goes along the output of an instance's launch script, from run to run.
final class LogFollower: Sendable {
    struct Piece: Sendable {
        let run: LaunchID
        let isNewRun: Bool
        /// What may be shown: no sequences of a terminal.
        let text: String
        /// Where the next piece begins.
        let end: Int
    }

    private struct Place {
        var run: LaunchID?
        var offset = 0
    }

    private let launches: LaunchService
    private let instance: String
    private let place = Mutex(Place())

    init(_ launches: LaunchService, of instance: String) {
        self.launches = launches
        self.instance = instance
    }

    /// What came since what was sent; nil if nothing did.
    func next() async throws -> Piece? {
        let at = place.withLock { $0 }
        do {
            // Nil is the newest run, which is not the one before when the script was run again.
            let head = try await launches.log(of: instance, run: nil, from: 0, upTo: .zero).run
            let isNew = head.id != at.run
            let offset = isNew ? 0 : at.offset
            let piece = try await launches.log(of: instance, run: head.id, from: offset, upTo: .zero)
            let whole = LogText.whole(piece.data, isLast: piece.run.isOver)
            guard isNew || !whole.isEmpty else { return nil }
            return Piece(
                run: head.id, isNewRun: isNew, text: ConsoleText.plain(String(decoding: whole, as: UTF8.self)),
                end: offset + whole.count)
        } catch let error as SloopError where error.code == .notFound {
            // There is no script, or not yet; whether the instance is there is found out by who draws the page.
            return nil
        }
    }

    func didSend(_ piece: Piece) { place.withLock { $0 = Place(run: piece.run, offset: piece.end) } }
}

enum LogText {
    /// Bytes that an unfinished sequence of a terminal may have.
    static let longestSequence = 64

    /// The data up to where a character or a terminal's sequence is not complete yet.
    static func whole(_ data: Data, isLast: Bool) -> Data {
        guard !isLast else { return data }
        var end = data.endIndex
        let tail = max(data.startIndex, data.endIndex - longestSequence)
        if let escape = data[tail...].lastIndex(of: 0x1B), !isComplete(data[escape...].dropFirst()) { end = escape }
        // At most three bytes of a character may be missing its last one.
        for back in 1...4 where end - back >= data.startIndex {
            let byte = data[end - back]
            guard byte & 0xC0 != 0x80 else { continue }
            let length = byte & 0xE0 == 0xC0 ? 2 : byte & 0xF0 == 0xE0 ? 3 : byte & 0xF8 == 0xF0 ? 4 : 1
            if length > back { end -= back }
            break
        }
        return data[data.startIndex..<end]
    }

    private static func isComplete(_ rest: Data) -> Bool {
        guard let first = rest.first else { return false }
        switch first {
        case 0x5B: return rest.dropFirst().contains { (0x40...0x7E).contains($0) }
        case 0x5D: return rest.contains(0x07) || rest.contains(0x0A)
        default: return rest.contains { (0x30...0x7E).contains($0) }
        }
    }
}
