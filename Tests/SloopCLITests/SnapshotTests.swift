import Foundation
import LightsailAPI
import SloopModel
import Testing

@Suite struct SnapshotTests {
    private let instance = Lightsail.InstanceSnapshot(
        name: "then", createdAt: noon - 3 * 3600, state: "available", fromInstanceName: "web", fromBundleId: "nano_3_0",
        sizeInGb: 20)
    private let disk = Lightsail.DiskSnapshot(
        name: "data-then", createdAt: noon - 7200, sizeInGb: 32, state: "completed", fromDiskName: "data")
    private let missing = Reply.error(SloopError(.notFound, "there is none"))

    @Test func snapshotsOfInstancesAndDisksAreListed() async throws {
        try await FakeSloop.run([
            (Lightsail.GetInstanceSnapshots.self, [.ok(["instanceSnapshots": [instance]])]),
            (Lightsail.GetDiskSnapshots.self, [.ok(["diskSnapshots": [disk]])]),
        ]) { fake in
            #expect(
                await sloop("snapshot", "list", on: fake).output == """
                    NAME       STATE      OF        SOURCE  GB  AGE
                    then       available  instance  web     20   3h
                    data-then  completed  disk      data    32   2h

                    """)
        }
    }

    @Test func automaticSnapshotsAreListedByDay() async throws {
        let answer = Lightsail.GetAutoSnapshots.Output(
            resourceName: "data", resourceType: "Disk",
            autoSnapshots: [.init(date: "2026-11-24", createdAt: noon - 6 * 3600, status: "Success")])
        try await FakeSloop.run([(Lightsail.GetAutoSnapshots.self, [.ok(answer)])]) { fake in
            #expect(
                await sloop("snapshot", "list", "--of", "data", on: fake).output == """
                    DAY         STATE    OF    SOURCE  GB  AGE
                    2026-11-24  Success  disk  data     -   6h

                    """)
        }
    }

    @Test func aSnapshotIsOfAnInstanceOrOfADisk() async throws {
        try await FakeSloop.run(Sample.done(Lightsail.CreateInstanceSnapshot.self, "then")) { fake in
            let outcome = await sloop("snapshot", "create", "then", "--instance", "web", on: fake)
            #expect(outcome.output == "then is there; use it with 'sloop snapshot restore then NAME'\n")
            #expect(
                fake.bodies(Lightsail.CreateInstanceSnapshot.self)
                    == [#"{"instanceName":"web","instanceSnapshotName":"then"}"#])
            #expect(await sloop("snapshot", "create", "then", on: fake).code == 2)
            #expect(await sloop("snapshot", "create", "then", "--instance", "a", "--disk", "b", on: fake).code == 2)
        }
        try await FakeSloop.run(Sample.done(Lightsail.CreateDiskSnapshot.self, "then")) { fake in
            #expect(await sloop("snapshot", "create", "then", "--disk", "data", on: fake).code == 0)
            #expect(
                fake.bodies(Lightsail.CreateDiskSnapshot.self) == [#"{"diskName":"data","diskSnapshotName":"then"}"#])
        }
    }

    @Test func anInstanceIsMadeOfASnapshotWithThePlanOfItsSource() async throws {
        let replies = Sample.done(Lightsail.CreateInstancesFromSnapshot.self, "back")
        try await FakeSloop.run(
            replies + [(Lightsail.GetInstanceSnapshot.self, [.ok(["instanceSnapshot": instance])])]
        ) { fake in
            #expect(await sloop("snapshot", "restore", "then", "back", on: fake).output == "back is made of then\n")
            _ = await sloop("snapshot", "restore", "then", "back", "--plan", "small", "--key", "mine", on: fake)
            #expect(
                fake.bodies(Lightsail.CreateInstancesFromSnapshot.self) == [
                    #"{"availabilityZone":"any","bundleId":"nano_3_0","instanceNames":["back"],"instanceSnapshotName":"then"}"#,
                    #"{"availabilityZone":"any","bundleId":"small","instanceNames":["back"],"instanceSnapshotName":"then","#
                        + #""keyPairName":"mine"}"#,
                ])
            let wrong = await sloop("snapshot", "restore", "then", "back", "--size", "8", on: fake)
            #expect(wrong.code == 2 && wrong.error.contains("it is of an instance"), "\(wrong)")
        }
    }

    @Test func aDiskIsMadeOfASnapshotWithTheSizeOfItsSource() async throws {
        let replies = Sample.done(Lightsail.CreateDiskFromSnapshot.self, "copy")
        try await FakeSloop.run(
            replies + [
                (Lightsail.GetInstanceSnapshot.self, [missing]),
                (Lightsail.GetDiskSnapshot.self, [.ok(["diskSnapshot": disk])]),
            ]
        ) { fake in
            #expect(await sloop("snapshot", "restore", "data-then", "copy", on: fake).code == 0)
            #expect(
                fake.bodies(Lightsail.CreateDiskFromSnapshot.self) == [
                    #"{"availabilityZone":"any","diskName":"copy","diskSnapshotName":"data-then","sizeInGb":32}"#
                ])
            #expect(await sloop("snapshot", "restore", "data-then", "copy", "--plan", "nano", on: fake).code == 2)
        }
    }

    @Test func aSnapshotIsDeletedWhateverItIsOf() async throws {
        let replies = Sample.done(Lightsail.DeleteDiskSnapshot.self, "data-then")
        try await FakeSloop.run(
            replies + [
                (Lightsail.GetInstanceSnapshot.self, [missing]),
                (Lightsail.GetDiskSnapshot.self, [.ok(["diskSnapshot": disk]), missing]),
            ]
        ) { fake in
            #expect(await sloop("snapshot", "delete", "data-then", on: fake).output == "data-then is deleted\n")
            let gone = await sloop("snapshot", "delete", "data-then", on: fake)
            #expect(gone.code == 3 && gone.error.hasPrefix("error: no snapshot is named 'data-then'\n"))
        }
    }
}
