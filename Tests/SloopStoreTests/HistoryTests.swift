import Foundation
import SloopModel
import Testing

@testable import SloopStore

@Suite struct HistoryTests {
    @Test func theOldestThatAreOverAreForgottenAndWhatIsNotOverIsKept() async throws {
        let scratch = try Scratch()
        let store = try scratch.open()
        let (open, stuck) = (someOperation("open"), someOperation("stuck", status: .stuck))
        try await store.write { tables in
            try tables.accept(open, parameters: "{}", locks: ["instance:open"])
            try tables.recordDone(stuck)
            for number in 0..<40 {
                let operation = someOperation("web-\(number)", status: number.isMultiple(of: 2) ? .succeeded : .failed)
                try tables.recordDone(operation)
                try tables.insert(someOperation("disk-\(number)", status: .succeeded), following: operation.id)
            }
            try tables.forgetHistory(beyond: 20)
        }
        let left = try await store.read { try $0.operations(limit: 1000).map(\.resourceName) }
        let newest = (30..<40).flatMap { ["web-\($0)", "disk-\($0)"] }
        #expect(Set(left) == Set(newest + ["open", "stuck"]))
        // No piece of one is left: its own rows go with it, and the lock of what is not over stays.
        #expect(try await store.read { try $0.heldLocks() } == ["instance:open"])
        #expect(try await store.read { try $0.remembers("nothing") } == false)
        try await store.write { try $0.forgetHistory(beyond: 20) }
        #expect(try await store.read { try $0.operations(limit: 1000).count } == left.count)
    }

    @Test func itTakesAFewAtATimeUntilNoneIsTooMany() async throws {
        let scratch = try Scratch()
        let store = try scratch.open()
        try await store.write { tables in
            for number in 0..<50 { try tables.recordDone(someOperation("web-\(number)", status: .succeeded)) }
        }
        var counts: [Int] = []
        for _ in 0..<6 {
            try await store.write { try $0.forgetHistory(beyond: 10, atMost: 15) }
            counts.append(try await store.read { try $0.operations(limit: 1000).count })
        }
        #expect(counts == [35, 20, 10, 10, 10, 10])
    }

    @Test func aRotationThatIsDoneIsForgottenAndOneThatWaitsIsNot() async throws {
        let scratch = try Scratch()
        let store = try scratch.open()
        let now = Date(timeIntervalSince1970: 1_700_000_000)
        var ids: [RotationID] = []
        for number in 0..<6 {
            let rotation = KeyRotation(
                id: RotationID(), account: .default, keyPair: "laptop", status: number == 0 ? .started : .done,
                newPublicKey: "k", newFingerprint: "f\(number)", createdAt: now)
            ids.append(rotation.id)
            try await store.write { try $0.insert(rotation) }
        }
        try await store.write { try $0.forgetHistory(beyond: 2) }
        var left: [RotationID] = []
        for id in ids where try await store.read({ try $0.find(id) }) != nil { left.append(id) }
        #expect(left == [ids[0], ids[4], ids[5]])
    }
}
