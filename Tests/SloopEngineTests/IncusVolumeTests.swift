import Foundation
import SloopModel
import Testing

@testable import SloopEngine

@Suite(.needsIncus, .serialized) struct IncusVolumeTests {
    @Test func everyCallMayBeRepeated() async throws {
        try await withIncus { bench, engine in
            let volumes = try #require(engine.volumes)
            let machine = try await bench.make(0)
            let disk = VolumeID()
            for _ in 0..<2 { try await volumes.create(disk, sizeGB: 8) }
            #expect(try await volumes.list() == [disk: MachineVolume(sizeGB: 8)])
            for _ in 0..<2 { try await volumes.attach(disk, to: machine.id, at: "/mnt/data") }
            #expect(try await volumes.list() == [disk: MachineVolume(sizeGB: 8, machine: machine.id)])
            let copy = VolumeID()
            for _ in 0..<2 { try await volumes.copy(disk, to: copy, sizeGB: 16) }
            #expect(try await volumes.list()[copy] == MachineVolume(sizeGB: 16))
            for _ in 0..<2 { try await volumes.detach(disk, from: machine.id) }
            #expect(try await volumes.list()[disk] == MachineVolume(sizeGB: 8))
            for id in [disk, copy, disk, copy] { try await volumes.delete(id) }
            #expect(try await volumes.list().isEmpty)
        }
    }

    @Test func rootOfTheMachineWritesToItAndItKeepsWhatIsInIt() async throws {
        try await withIncus { bench, engine in
            let volumes = try #require(engine.volumes)
            let first = try await bench.make(0)
            let second = try await bench.make(1)
            let disk = VolumeID()
            try await volumes.create(disk, sizeGB: 8)
            try await volumes.attach(disk, to: first.id, at: "/mnt/my.data-1")
            let write = "cd /mnt/my.data-1 && sudo sh -c 'echo kept > file && chown admin file' && stat -c %U . file"
            #expect(try bench.ssh(first, bench.user, write).out == "root\nadmin\n")
            try await engine.stop(first.id)
            try await engine.start(first.id)
            try await bench.waitForLogin(first)
            #expect(try bench.ssh(first, bench.user, "cat /mnt/my.data-1/file").out == "kept\n")
            try await engine.stop(first.id)
            try await volumes.detach(disk, from: first.id)
            try await volumes.attach(disk, to: second.id, at: "/mnt/other")
            #expect(
                try bench.ssh(second, bench.user, "cat /mnt/other/file; stat -c %U /mnt/other/file").out
                    == "kept\nadmin\n")
            try await engine.start(first.id)
            try await bench.waitForLogin(first)
            #expect(try bench.ssh(first, bench.user, "cat /mnt/my.data-1/file").code != 0)
        }
    }

    @Test func itsSizeIsItsLimit() async throws {
        try await withIncus { bench, engine in
            let volumes = try #require(engine.volumes)
            let machine = try await bench.make(0)
            let disk = VolumeID()
            let larger = VolumeID()
            try await volumes.create(disk, sizeGB: 1)
            try await volumes.copy(disk, to: larger, sizeGB: 2)
            try await volumes.attach(disk, to: machine.id, at: "/mnt/small")
            try await volumes.attach(larger, to: machine.id, at: "/mnt/larger")
            let small = try bench.ssh(machine, bench.user, "sudo fallocate -l 1200M /mnt/small/file")
            let large = try bench.ssh(machine, bench.user, "sudo fallocate -l 1200M /mnt/larger/file")
            #expect(small.code != 0 && large.code == 0)
        }
    }

    @Test func aCopyOutlivesItsSourceAndGoesItsOwnWay() async throws {
        try await withIncus { bench, engine in
            let volumes = try #require(engine.volumes)
            let machine = try await bench.make(0)
            let disk = VolumeID()
            let copy = VolumeID()
            try await volumes.create(disk, sizeGB: 8)
            try await volumes.attach(disk, to: machine.id, at: "/mnt/one")
            #expect(try bench.ssh(machine, bench.user, "echo then | sudo tee /mnt/one/file").code == 0)
            try await volumes.copy(disk, to: copy, sizeGB: 8)
            #expect(try bench.ssh(machine, bench.user, "echo now | sudo tee /mnt/one/file").code == 0)
            try await volumes.attach(copy, to: machine.id, at: "/mnt/two")
            #expect(try bench.ssh(machine, bench.user, "cat /mnt/one/file /mnt/two/file").out == "now\nthen\n")
            try await engine.stop(machine.id)
            try await volumes.detach(disk, from: machine.id)
            try await volumes.delete(disk)
            try await engine.start(machine.id)
            try await bench.waitForLogin(machine)
            #expect(try bench.ssh(machine, bench.user, "cat /mnt/two/file").out == "then\n")
        }
    }

    @Test func oneThatIsAttachedIsNeitherDeletedNorGivenToAnother() async throws {
        try await withIncus { bench, engine in
            let volumes = try #require(engine.volumes)
            let machine = try await bench.order(0)
            let other = try await bench.order(1)
            try await engine.create(machine)
            try await engine.create(other)
            let disk = VolumeID()
            try await volumes.create(disk, sizeGB: 8)
            try await volumes.attach(disk, to: machine.id, at: "/mnt/data")
            let kept = await #expect(throws: SloopError.self) { try await volumes.delete(disk) }
            #expect(kept?.code == .wrongState)
            let taken = await #expect(throws: SloopError.self) {
                try await volumes.attach(disk, to: other.id, at: "/mnt/data")
            }
            #expect(taken?.code == .wrongState)
            // A machine that goes takes no disk with it.
            try await engine.delete(machine.id)
            #expect(try await volumes.list() == [disk: MachineVolume(sizeGB: 8)])
            try await volumes.detach(disk, from: machine.id)
        }
    }

    @Test func whatIsNotThereIsNotFound() async throws {
        try await withIncus { bench, engine in
            let volumes = try #require(engine.volumes)
            let machine = try await bench.order(0)
            let disk = VolumeID()
            try await volumes.create(disk, sizeGB: 8)
            let calls: [() async throws -> Void] = [
                { try await volumes.attach(disk, to: machine.id, at: "/mnt/data") },
                { try await volumes.attach(VolumeID(), to: machine.id, at: "/mnt/data") },
                { try await volumes.copy(VolumeID(), to: VolumeID(), sizeGB: 8) },
            ]
            for call in calls {
                let error = await #expect(throws: SloopError.self) { try await call() }
                #expect(error?.code == .notFound)
            }
            #expect(try await volumes.list() == [disk: MachineVolume(sizeGB: 8)])
        }
    }

    @Test func aForeignVolumeOfTheSameNameIsAnErrorAndStays() async throws {
        try await withIncus { bench, engine in
            let volumes = try #require(engine.volumes)
            let disk = VolumeID()
            let path = "/1.0/storage-pools/\(engine.settings.pool)/volumes/custom"
            let foreign = IncusVolume(name: IncusVolumes.name(disk), config: ["user.owner": "somebody"])
            try await engine.client.change(.POST, path, foreign)
            let calls: [() async throws -> Void] = [
                { try await volumes.create(disk, sizeGB: 8) },
                { try await volumes.copy(disk, to: VolumeID(), sizeGB: 8) },
                { try await volumes.attach(disk, to: InstanceID(), at: "/mnt/data") },
            ]
            for call in calls {
                let error = await #expect(throws: SloopError.self) { try await call() }
                #expect(error?.code == .nameExists, "\(error?.message ?? "")")
            }
            try await volumes.delete(disk)
            #expect(try await volumes.list().isEmpty)
            let found: IncusVolume = try await engine.client.get("\(path)/\(foreign.name)")
            #expect(found.config["user.owner"] == "somebody")
            try await engine.client.change(.DELETE, "\(path)/\(foreign.name)")
        }
    }

    @Test func aDiskThatWasMadeByHalfIsMadeAnew() async throws {
        try await withIncus { bench, engine in
            let volumes = try #require(engine.volumes)
            let disk = VolumeID()
            try await volumes.create(disk, sizeGB: 8)
            let path = "/1.0/storage-pools/\(engine.settings.pool)/volumes/custom/\(IncusVolumes.name(disk))"
            try await engine.client.change(.PATCH, path, ["config": ["user.sloop.whole": "", "size": "1GiB"]])
            try await volumes.create(disk, sizeGB: 8)
            #expect(try await volumes.list() == [disk: MachineVolume(sizeGB: 8)])
        }
    }
}
