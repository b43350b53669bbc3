import Foundation
import SloopEngine
import SloopModel
import SloopSSH
import SloopStore
import Testing

@testable import SloopProvisioner

/// More of what stands in the way of a rotation, on real sshds: see ``RotationObstacleTests``.
@Suite(.needsSandbox) struct RotationCaseTests {
    private let new = SSHPrivateKey.ed25519(comment: "new")

    private static let isRoot = geteuid() == 0

    @Test(.enabled(if: isRoot, "only root may mount")) func aFullDiskLeavesTheOldKeyAndIsDoneWhenThereIsRoom()
        async throws
    {
        try await Live.with { live in
            let instance = try await live.make()
            try await live.withSmallDisk(of: instance) { disk in
                let fill = disk.appending(path: "fill")
                _ = FileManager.default.createFile(atPath: fill.path, contents: nil)
                let handle = try FileHandle(forWritingTo: fill)
                while (try? handle.write(contentsOf: Data(repeating: 0x20, count: 1024))) != nil {}
                try? handle.close()
                try await live.mustWait(for: instance, new)
                try FileManager.default.removeItem(at: fill)
                try await live.mustBeDone(instance, new)
            }
        }
    }

    @Test(.enabled(if: isRoot, "only root may mount")) func aReadOnlyHomeLeavesTheOldKeyAndIsDoneWhenItCanBeWritten()
        async throws
    {
        try await Live.with { live in
            let instance = try await live.make()
            try await live.withSmallDisk(of: instance) { disk in
                try run("mount", "-o", "remount,ro", disk.path)
                try await live.mustWait(for: instance, new)
                try run("mount", "-o", "remount,rw", disk.path)
                try await live.mustBeDone(instance, new)
            }
        }
    }

    /// sshd takes none of the user's keys then, whoever put them there; Sloop's own way in is another file.
    @Test func aHomeThatOthersMayWriteKeepsTheNewKeyUnprovenUntilItsModeIsRight() async throws {
        try await Live.with { live in
            let instance = try await live.make()
            let folder = live.rig.userKeys(instance).deletingLastPathComponent().path
            #expect(chmod(folder, 0o777) == 0)
            let view = try await live.rotate(to: new)
            #expect(view.targets.map(\.status) == [.pending])
            #expect(view.targets[0].reason?.contains("does not accept the new key") == true)
            #expect(try await live.rig.shell(instance, "echo in") == "in\n")
            // Neither key is gone from the file.
            let text = try String(contentsOf: live.rig.userKeys(instance), encoding: .utf8)
            #expect(text.contains(live.rig.key.publicKey.bareLine) && text.contains(new.publicKey.bareLine))
            #expect(chmod(folder, 0o700) == 0)
            try await live.mustBeDone(instance, new)
        }
    }

    @Test func aRebootMidWayLocksNobodyOutAndTheRotationEnds() async throws {
        try await Live.with { live in
            let instance = try await live.make()
            var (server, old) = (live, live.rig.key)
            for delay in [5, 20, 40, 60, 90] {
                let next = SSHPrivateKey.ed25519(comment: "after \(delay) ms")
                let view = try await server.provisioner.rotations.start(
                    keyPair: "laptop", publicKey: next.publicKey.line, instances: nil)
                try await Task.sleep(for: .milliseconds(delay))
                try await live.rig.restart(instance)
                try await waitForSSH(instance.address, port: instance.port, timeout: .seconds(20))
                let byOld = try await live.rig.opens(instance, old)
                let byNext = try await live.rig.opens(instance, next)
                #expect(byOld || byNext, "locked out, rebooted after \(delay) ms")
                _ = try await server.settled(view.rotation.id)
                server = try await server.mustBeDone(instance, next)
                old = next
            }
        }
    }

    @Test func aFileThatItsUserKeepsEditingKeepsEveryLineOfHis() async throws {
        try await Live.with { live in
            let instance = try await live.make()
            let edit = """
                for i in $(seq 40); do
                  flock .ssh sh -c "echo '# line $i' >> .ssh/authorized_keys"
                  sleep 0.01
                done
                """
            async let edited = live.rig.shell(instance, edit)
            let view = try await live.rotate(to: new)
            _ = try await edited
            if view.targets.map(\.status) != [.done] { try await live.mustBeDone(instance, new) }
            #expect(try await live.rig.opens(instance, new))
            let text = try String(contentsOf: live.rig.userKeys(instance), encoding: .utf8)
            let lines = text.split(separator: "\n").filter { $0.hasPrefix("# line") }
            #expect(lines == (1...40).map { "# line \($0)" })
        }
    }

    @Test func ofFiftyInstancesTheFiveThatAreUnreachableKeepTheirOldKeyAndAreDoneWhenTheyAreBack() async throws {
        try await Live.with { live in
            let names = (10..<60).map { "web-\($0)" }
            let operations = try await live.provisioner.instances.create(
                InstanceService.Request(names: names, blueprint: "sandbox", bundle: "nano", keyPair: "laptop"))
            for operation in operations { try await live.complete(operation) }
            let away = try await [names[3], names[14], names[15], names[31], names[49]].asyncMap {
                try await live.find($0)
            }
            for instance in away { try await live.rig.engine.stop(instance.id) }
            var view = try await live.rotate(to: new)
            #expect(view.targets.count == 50)
            #expect(view.targets.count { $0.status == .done && $0.oldRefused } == 45)
            #expect(Set(view.targets.filter { $0.status == .pending }.map(\.instance)) == Set(away.map(\.id)))
            for instance in away { try await live.rig.engine.start(instance.id) }
            for instance in away { #expect(try await live.rig.opens(instance, live.rig.key)) }
            view = try await live.reconciled(view.rotation.id)
            #expect(view.targets.allSatisfy { $0.status == .done } && view.rotation.status == .done)
            for instance in away { #expect(try await live.rig.opens(instance, new)) }
            try await live.check("all fifty")
        }
    }
}

extension Live {
    /// The rotation begins, cannot go on, and has changed nothing.
    fileprivate func mustWait(for instance: Instance, _ new: SSHPrivateKey) async throws {
        let before = try String(contentsOf: rig.userKeys(instance), encoding: .utf8)
        let view = try await rotate(to: new)
        #expect(view.targets.map(\.status) == [.pending])
        #expect(view.targets[0].reason?.contains("cannot be changed") == true, "\(view.targets[0].reason ?? "")")
        #expect(try String(contentsOf: rig.userKeys(instance), encoding: .utf8) == before)
        #expect(try await rig.opens(instance, rig.key))
        #expect(try await !rig.opens(instance, new))
    }

    /// What waited is done by the reconciler of a new server, which has not failed at it before.
    @discardableResult
    fileprivate func mustBeDone(_ instance: Instance, _ new: SSHPrivateKey) async throws -> Live {
        let next = await successor()
        let end = ContinuousClock.now + .seconds(30)
        while try await !next.provisioner.rotations.list(openOnly: true).isEmpty {
            try #require(ContinuousClock.now < end, "the rotation does not end")
            await next.provisioner.reconcile()
            try await next.quiet()
        }
        #expect(try await rig.opens(instance, new))
        #expect(try await !rig.opens(instance, rig.key))
        return next
    }

    /// Puts the folder of the user's keys on a file system of two pages.
    fileprivate func withSmallDisk(of instance: Instance, _ body: (URL) async throws -> Void) async throws {
        let folder = rig.userKeys(instance).deletingLastPathComponent()
        var info = stat()
        #expect(stat(folder.path, &info) == 0)
        let keys = try Data(contentsOf: rig.userKeys(instance))
        try await rig.engine.stop(instance.id)
        try run(
            "mount", "-t", "tmpfs", "-o", "size=8k,mode=0700,uid=\(info.st_uid),gid=\(info.st_gid)", "small",
            folder.path)
        try keys.write(to: rig.userKeys(instance), options: [])
        #expect(chown(rig.userKeys(instance).path, info.st_uid, info.st_gid) == 0)
        try await rig.engine.start(instance.id)
        let result: Result<Void, any Error>
        do { result = .success(try await body(folder)) } catch { result = .failure(error) }
        try await rig.engine.stop(instance.id)
        try run("umount", "-l", folder.path)
        try result.get()
    }
}

private func run(_ program: String, _ arguments: String...) throws {
    let process = Process()
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.arguments = [program] + arguments
    try process.run()
    process.waitUntilExit()
    try #require(process.terminationStatus == 0, "\(program) \(arguments)")
}

extension [String] {
    fileprivate func asyncMap<Value>(_ body: (String) async throws -> Value) async throws -> [Value] {
        var values: [Value] = []
        for one in self { values.append(try await body(one)) }
        return values
    }
}
