import Foundation
import SloopModel
import Testing

@testable import SloopEngine

extension EngineBench {
    /// What is needed for a machine that is made from the snapshot, with keys of its own.
    fileprivate func order(_ number: Int, from snapshot: SnapshotID, host: KeyFile) async throws -> MachineSpec {
        var machine = try await order(number)
        machine.image = nil
        machine.snapshot = snapshot
        machine.hostKeyPrivate = host.privateText
        machine.hostKeyPublic = host.publicLine
        machine.hostName = "copy-\(number)"
        machine.memoryMB = 1024
        machine.diskGB = 40
        return machine
    }
}

@Suite(.needsIncus, .serialized) struct IncusSnapshotTests {
    @Test func everyCallMayBeRepeatedAndASnapshotIsNoMachine() async throws {
        try await withIncus { bench, engine in
            let snapshots = try #require(engine.snapshots)
            let machine = try await bench.make(0)
            let snapshot = SnapshotID()
            let copy = SnapshotID()
            for _ in 0..<2 { try await snapshots.take(snapshot, of: machine.id) }
            for _ in 0..<2 { try await snapshots.copy(snapshot, to: copy) }
            #expect(try await snapshots.list() == [snapshot, copy])
            #expect(try await engine.list() == [machine.id: .running])
            for id in [snapshot, copy, snapshot, copy] { try await snapshots.delete(id) }
            #expect(try await snapshots.list().isEmpty)
            #expect(try await engine.list() == [machine.id: .running])
        }
    }

    @Test func aMachineFromASnapshotHasItsFilesAndItsOwnNameAddressAndHostKey() async throws {
        try await withIncus { bench, engine in
            let snapshots = try #require(engine.snapshots)
            let source = try await bench.make(0)
            let hand = try KeyFile(in: bench.folder, "hand")
            let fill = "echo then > file; echo '\(hand.publicLine)' >> .ssh/authorized_keys; cat /etc/machine-id"
            let id = try bench.ssh(source, bench.user, fill).out
            let first = SnapshotID()
            try await snapshots.take(first, of: source.id)
            #expect(try bench.ssh(source, bench.user, "echo now > file").code == 0)
            let second = SnapshotID()
            try await snapshots.copy(first, to: second)
            // A snapshot needs neither its machine nor the snapshot that it is a copy of.
            try await engine.delete(source.id)
            try await snapshots.delete(first)

            let host = try KeyFile(in: bench.folder, "host-2")
            let access = try KeyFile(in: bench.folder, "access-2")
            var machine = try await bench.order(0, from: second, host: host)
            machine.accessKeys = [access.publicLine]
            try await engine.create(machine)
            try await engine.create(machine)
            #expect(try await engine.list() == [machine.id: .stopped])
            try await engine.start(machine.id)
            try await engine.forgetSecrets(of: machine.id)
            try await bench.waitForLogin(machine)
            let seen = try bench.ssh(
                machine, bench.user,
                "cat file; hostname; grep -c copy-0 /etc/hosts; hostname -I; sudo find /etc/ssh -name '*key.pub' -exec cat {} +"
            )
            #expect(seen.out == "then\ncopy-0\n1\n\(machine.place.address) \n\(host.publicLine)\n")
            // What the user put into authorized_keys is there; Sloop's own keys are those of the new machine.
            #expect(try bench.ssh(machine, hand, "echo in").out == "in\n")
            #expect(try bench.ssh(machine, access, "echo in").out == "in\n")
            #expect(try bench.ssh(machine, bench.access, "echo in").code != 0)
            #expect(try bench.ssh(machine, bench.user, "cat /etc/machine-id").out != id)
            #expect(try bench.ssh(machine, bench.user, "free -m | awk '/^Mem/ { print $2 }'").out == "1024\n")
            #expect(try await engine.find(IncusEngine.name(machine.id))?.devices["root"]?["size"] == "40GiB")
            #expect(try await engine.find(IncusEngine.name(machine.id))?.config["user.sloop.host-key"] == nil)
        }
    }

    @Test func twoMachinesFromOneSnapshotAreTwo() async throws {
        try await withIncus { bench, engine in
            let snapshots = try #require(engine.snapshots)
            let source = try await bench.make(0)
            let snapshot = SnapshotID()
            try await snapshots.take(snapshot, of: source.id)
            var ids: Set<String> = [try bench.ssh(source, bench.user, "cat /etc/machine-id").out]
            for number in 0..<2 {
                let machine = try await bench.order(0, from: snapshot, host: bench.host)
                try await engine.create(machine)
                try await engine.start(machine.id)
                try await bench.waitForLogin(machine)
                ids.insert(try bench.ssh(machine, bench.user, "cat /etc/machine-id; echo \(number) > own").out)
            }
            #expect(ids.count == 3)
            #expect(try await snapshots.list() == [snapshot])
        }
    }

    @Test func disksThatAreAttachedAreNotInIt() async throws {
        try await withIncus { bench, engine in
            let snapshots = try #require(engine.snapshots)
            let volumes = try #require(engine.volumes)
            let source = try await bench.make(0)
            let disk = VolumeID()
            try await volumes.create(disk, sizeGB: 8)
            try await volumes.attach(disk, to: source.id, at: "/mnt/data")
            #expect(try bench.ssh(source, bench.user, "sudo touch /mnt/data/file").code == 0)
            let snapshot = SnapshotID()
            try await snapshots.take(snapshot, of: source.id)
            let machine = try await bench.order(0, from: snapshot, host: bench.host)
            try await engine.create(machine)
            #expect(try await volumes.list() == [disk: MachineVolume(sizeGB: 8, machine: source.id)])
            try await engine.start(machine.id)
            try await bench.waitForLogin(machine)
            #expect(try bench.ssh(machine, bench.user, "ls /mnt/data").out == "")
        }
    }

    @Test func whatIsNotThereIsNotFoundAndLeavesNothing() async throws {
        try await withIncus { bench, engine in
            let snapshots = try #require(engine.snapshots)
            let machine = try await bench.order(0, from: SnapshotID(), host: bench.host)
            let calls: [() async throws -> Void] = [
                { try await snapshots.take(SnapshotID(), of: InstanceID()) },
                { try await snapshots.copy(SnapshotID(), to: SnapshotID()) },
                { try await engine.create(machine) },
            ]
            for call in calls {
                let error = await #expect(throws: SloopError.self) { try await call() }
                #expect(error?.code == .notFound)
            }
            #expect(try await snapshots.list().isEmpty)
            #expect(try await engine.list().isEmpty)
            #expect(try await engine.isFree(machine.place))
        }
    }

    @Test func aForeignInstanceOfTheSnapshotsNameIsAnErrorAndStays() async throws {
        try await withIncus { bench, engine in
            let snapshots = try #require(engine.snapshots)
            let machine = try await bench.order(0)
            try await engine.create(machine)
            let snapshot = SnapshotID()
            let name = IncusSnapshots.name(snapshot)
            var foreign = engine.bare(name, image: bench.image ?? "", at: nil)
            foreign.config = ["user.owner": "somebody"]
            try await engine.client.change(.POST, "/1.0/instances", foreign)
            let error = await #expect(throws: SloopError.self) { try await snapshots.take(snapshot, of: machine.id) }
            #expect(error?.code == .nameExists, "\(error?.message ?? "")")
            try await snapshots.delete(snapshot)
            #expect(try await engine.find(name)?.config["user.owner"] == "somebody")
            #expect(try await snapshots.list().isEmpty)
            try await engine.client.change(.DELETE, "/1.0/instances/\(name)")
        }
    }

    @Test func aSnapshotThatWasMadeByHalfIsMadeAnew() async throws {
        try await withIncus { bench, engine in
            let snapshots = try #require(engine.snapshots)
            let machine = try await bench.make(0)
            let snapshot = SnapshotID()
            try await snapshots.take(snapshot, of: machine.id)
            let path = "/1.0/instances/\(IncusSnapshots.name(snapshot))"
            try await engine.client.change(.PATCH, path, ["config": ["user.sloop.whole": ""]])
            #expect(try bench.ssh(machine, bench.user, "echo later > file").code == 0)
            try await snapshots.take(snapshot, of: machine.id)
            let copy = try await bench.order(0, from: snapshot, host: bench.host)
            try await engine.create(copy)
            try await engine.start(copy.id)
            try await bench.waitForLogin(copy)
            #expect(try bench.ssh(copy, bench.user, "cat file").out == "later\n")
        }
    }
}
