import Foundation
import LightsailAPI
import SloopModel
import Testing

extension Sample {
    static func disk(_ name: String, on instance: String? = nil) -> Lightsail.Disk {
        Lightsail.Disk(
            name: name, createdAt: noon - 3 * 3600, tags: [.init(key: "team", value: "blue"), .init(key: "alone")],
            addOns: [.init(name: "AutoSnapshot", status: "Enabled", snapshotTimeOfDay: "06:00")], sizeInGb: 32,
            path: instance == nil ? nil : "/dev/xvdf", state: instance == nil ? "available" : "in-use",
            attachedTo: instance)
    }

    /// What a call on that resource answers, and what it comes to.
    static func done(_ call: any LightsailOperation.Type, _ resource: String) -> [(
        any LightsailOperation.Type, [Reply]
    )] {
        let records = Lightsail.OperationsResult(operations: [
            Lightsail.OperationRecord(id: "op-1", resourceName: resource, status: "Started")
        ])
        return [
            (call, [.ok(records)]),
            (SloopAPI.WaitForOperation.self, [.ok(["operation": operation("Succeeded", kind: "a-kind")])]),
        ]
    }
}

@Suite struct DiskTests {
    @Test func disksAreListedFromAllPages() async throws {
        let first = Lightsail.GetDisks.Output(disks: [Sample.disk("data", on: "web")], nextPageToken: "more")
        let second = Lightsail.GetDisks.Output(disks: [Sample.disk("spare")])
        try await FakeSloop.run([(Lightsail.GetDisks.self, [.ok(first), .ok(second)])]) { fake in
            #expect(
                await sloop("disk", "list", on: fake).output == """
                    NAME   STATE      GB  INSTANCE  FOLDER     AGE
                    data   in-use     32  web       /mnt/data   3h
                    spare  available  32  -         -           3h

                    """)
            #expect(fake.bodies(Lightsail.GetDisks.self) == ["{}", #"{"pageToken":"more"}"#])
        }
    }

    @Test func aDiskIsShownWithItsFolderAndItsSnapshots() async throws {
        try await FakeSloop.run([(Lightsail.GetDisk.self, [.ok(["disk": Sample.disk("data", on: "web")])])]) { fake in
            #expect(
                await sloop("disk", "show", "data", on: fake).output == """
                    disk:      data
                    state:     in-use
                    size:      32 GB
                    instance:  web
                    folder:    /mnt/data
                    device:    /dev/xvdf
                    snapshots: daily at 06:00 UTC: Enabled
                    tags:      team=blue alone
                    created:   2026-11-24 09:00:00 UTC

                    """)
            let outcome = await sloop("disk", "show", "data", "--output", "json", on: fake)
            #expect(outcome.value("sizeInGb") as? Int == 32 && outcome.value("attachedTo") as? String == "web")
        }
    }

    @Test func aDiskIsMade() async throws {
        try await FakeSloop.run(Sample.done(Lightsail.CreateDisk.self, "data")) { fake in
            let outcome = await sloop("disk", "create", "data", "--size", "32", "--tag", "team=blue", on: fake)
            #expect(outcome.output == "data is there; use it with 'sloop disk attach data INSTANCE'\n")
            #expect(
                fake.bodies(Lightsail.CreateDisk.self) == [
                    #"{"availabilityZone":"any","diskName":"data","sizeInGb":32,"tags":[{"key":"team","value":"blue"}]}"#
                ])
            #expect(await sloop("disk", "create", "data", on: fake).code == 2)
        }
    }

    @Test func aDiskGoesToTheFirstFreeDevice() async throws {
        let instance = Lightsail.Instance(
            name: "web", hardware: .init(disks: [.init(path: "/dev/sda1"), .init(path: "/dev/xvdf")]))
        let replies = Sample.done(Lightsail.AttachDisk.self, "data")
        try await FakeSloop.run(replies + [(Lightsail.GetInstance.self, [.ok(["instance": instance])])]) { fake in
            #expect(await sloop("disk", "attach", "data", "web", on: fake).output == "data is /mnt/data in web\n")
            _ = await sloop("disk", "attach", "data", "web", "--path", "/dev/xvdz", on: fake)
            #expect(
                fake.bodies(Lightsail.AttachDisk.self) == [
                    #"{"diskName":"data","diskPath":"/dev/xvdg","instanceName":"web"}"#,
                    #"{"diskName":"data","diskPath":"/dev/xvdz","instanceName":"web"}"#,
                ])
        }
    }

    @Test(arguments: [
        ("detach", Lightsail.DetachDisk.self as any LightsailOperation.Type, "data is detached\n"),
        ("delete", Lightsail.DeleteDisk.self, "data is deleted\n"),
    ])
    func aChangeIsSaidOnceItIsTrue(_ verb: String, _ call: any LightsailOperation.Type, _ text: String) async throws {
        try await FakeSloop.run(Sample.done(call, "data")) { fake in
            let outcome = await sloop("disk", verb, "data", on: fake)
            #expect(outcome.output == text && outcome.code == 0)
            #expect(fake.bodies(call) == [#"{"diskName":"data"}"#])
        }
    }

    @Test func whatTheServerRefusesIsSaidWithWhatToDo() async throws {
        let error = SloopError(.wrongState, "the disk is attached", tip: "stop the instance first")
        try await FakeSloop.run([(Lightsail.DeleteDisk.self, [.error(error)])]) { fake in
            let outcome = await sloop("disk", "delete", "data", on: fake)
            #expect(outcome.error == "error: the disk is attached\ntip: stop the instance first\n")
            #expect(outcome.code == 5)
        }
    }
}
