import FaultyDisk
import Foundation
import GRDB
import SloopModel
import Testing

@testable import SloopStore

/// Every single thing that SQLite asks of the disk fails once, one run each, until a run meets no fault.
@Suite struct StorageFaultTests {
    /// Does it, with the one fault that there is; after that it must succeed.
    private func once<Value>(
        _ disk: FaultyDisk, isNew: Bool = false, _ body: () async throws -> Value
    ) async throws -> Value {
        do { return try await body() } catch let error as SloopError {
            let failed = try #require(disk.failed, "\(error)")
            try #require(error.code == .storage && !error.tip.isEmpty, "\(error)")
            switch failed.fault {
            case .full: try #require(error.message.hasSuffix("the disk is full"), "\(error)")
            case .io: try #require(error.message.hasSuffix("the disk reports an error"), "\(error)")
            // A lock that is held for a moment is waited for, but by SQLite itself while it makes a file.
            case .busy:
                try #require(isNew && error.message.hasSuffix("is locked by another program"), "\(error)")
            }
            return try await body()
        }
    }

    /// Runs it with the first thing failing, the second and so on, until there is none; says how many there were.
    private func each(_ fault: FaultyDisk.Fault, _ body: (FaultyDisk) async throws -> Void) async throws -> Int {
        var bad = 0
        for number in 1...2000 where bad < 3 {
            let disk = try FaultyDisk()
            do {
                disk.fail(fault, at: number)
                try await body(disk)
            } catch {
                bad += 1
                Issue.record(
                    "\(fault) at \(number), \(disk.failed.map { "\($0.event.what) of \($0.event.name)" } ?? ""): \(error)"
                )
            }
            if disk.failed == nil { return number - 1 }
        }
        throw SloopError(.unexpected, "there is no end of it")
    }

    @Test(arguments: FaultyDisk.Fault.allCases)
    func aFaultWhileTheStoreIsMadeLeavesOneThatIsMadeTheNextTime(_ fault: FaultyDisk.Fault) async throws {
        let count = try await each(fault) { disk in
            let work = StoreWork(folder: disk.folder)
            let store = try await once(disk, isNew: true) { try work.open() }
            try await once(disk) { try await work.write(0, to: store) }
            try await work.checkFile(store)
            try? store.close()
            let again = try await once(disk) { try work.open() }
            #expect(try await work.has(0, in: again))
            try again.close()
        }
        print("\(fault) while the store is made: \(count)")
        #expect(count > 20)
    }

    @Test(arguments: FaultyDisk.Fault.allCases)
    func aFaultInAWriteLosesNothingAndTheNextWriteSucceeds(_ fault: FaultyDisk.Fault) async throws {
        let template = try Scratch()
        try template.open().close()
        let count = try await each(fault) { disk in
            for name in [Store.fileName, Vault.fileName] {
                try FileManager.default.copyItem(
                    at: template.url.appending(path: name), to: disk.folder.appending(path: name))
            }
            let work = StoreWork(folder: disk.folder)
            let store = try await once(disk) { try work.open() }
            try await once(disk) { try await work.makeEager(store) }
            for number in 0..<StoreWork.count {
                try await once(disk) {
                    if try await work.has(number, in: store) { return }
                    try await work.write(number, to: store)
                }
            }
            for number in 0..<StoreWork.count { try #require(try await work.has(number, in: store)) }
            try await work.checkFile(store)
            try? store.close()
            let again = try await once(disk) { try work.open() }
            try await work.checkFile(again)
            for number in 0..<StoreWork.count { try #require(try await work.has(number, in: again)) }
            try again.close()
        }
        print("\(fault) in a write: \(count)")
        #expect(count > 50)
    }
}
