import Foundation
import LightsailAPI
import Logging
import SloopModel
import SloopProvisioner
import SloopStore
import Testing

@testable import SloopServer

/// Every list that comes in pages, over more of them than one: nothing is missing, nothing comes twice.
@Suite struct PageWalkTests {
    private static let root = URL(filePath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    /// Two pages, and some.
    private static let names = (0..<2 * Page.size + 5).map { "n-\($0)" }

    /// A call with the list in its answer, and the member by which its items differ; nil if they are plain texts.
    private struct Walk {
        let call: any LightsailOperation.Type
        let list: String
        let key: String?

        init(_ call: any LightsailOperation.Type, _ list: String, _ key: String?) {
            self.call = call
            self.list = list
            self.key = key
        }
    }

    private static let walks = [
        Walk(Lightsail.GetInstances.self, "instances", "name"),
        Walk(Lightsail.GetKeyPairs.self, "keyPairs", "name"),
        Walk(Lightsail.GetStaticIps.self, "staticIps", "name"),
        Walk(Lightsail.GetDisks.self, "disks", "name"),
        Walk(Lightsail.GetDiskSnapshots.self, "diskSnapshots", "name"),
        Walk(Lightsail.GetInstanceSnapshots.self, "instanceSnapshots", "name"),
        Walk(Lightsail.GetDomains.self, "domains", "name"),
        Walk(Lightsail.GetAlarms.self, "alarms", "name"),
        Walk(Lightsail.GetOperations.self, "operations", "id"),
        Walk(Lightsail.GetOperationsForResource.self, "operations", "id"),
        Walk(Lightsail.GetActiveNames.self, "activeNames", nil),
        Walk(Lightsail.GetBundles.self, "bundles", "bundleId"),
        Walk(Lightsail.GetBlueprints.self, "blueprints", "blueprintId"),
    ]

    private static let kinds = [
        "i": "Instance", "k": "KeyPair", "a": "Alarm", "d": "Disk", "s": "StaticIp", "e": "DiskSnapshot",
        "j": "InstanceSnapshot",
    ]

    /// A row of each kind by the name, with a letter before it: names are unique among all kinds.
    private func fill(_ tables: Tables, _ name: String, _ number: Int) throws {
        let (account, now) = (Account.default, Date(timeIntervalSince1970: 1_700_000_000))
        for (kind, type) in PageWalkTests.kinds { try tables.claim(name: kind + name, type: type) }
        try tables.claim(name: "\(name).example.net", type: "Domain")
        let instance = Instance(
            id: InstanceID(), name: "i" + name, state: .stopped, blueprint: "sandbox", plan: "nano", bundle: "nano_3_0",
            monthlyPrice: 0, addressSlot: number, address: "127.64.\(number / 250).\(number % 250 + 1)", port: 22,
            username: "admin", keyPair: nil, tags: [:], hostKey: "ssh-ed25519 AAAA", createdAt: now)
        try tables.insert(instance)
        try tables.insert(
            KeyPair(
                id: KeyPairID(), account: account, name: "k" + name, origin: .imported, publicKey: "ssh-ed25519 AAAA",
                fingerprint: name, createdAt: now))
        try tables.insert(
            StaticAddress(
                id: StaticAddressID(), account: account, name: "s" + name, addressSlot: 1000 + number,
                address: "10.0.\(number / 250).\(number % 250)", createdAt: now))
        try tables.insert(
            Disk(
                id: DiskID(), account: account, name: "d" + name, state: .available, sizeGB: 8, monthlyPrice: 0,
                zone: "a",
                tags: [:], createdAt: now))
        for kind in [Snapshot.Kind.disk, .instance] {
            try tables.insert(
                Snapshot(
                    account: account, name: (kind == .disk ? "e" : "j") + name, kind: kind, sizeGB: 8, monthlyPrice: 0,
                    source: instance.id.value, sourceName: instance.name,
                    origin: kind == .instance ? .init(instance, keys: []) : nil, createdAt: now))
        }
        try tables.insert(Domain(id: DomainID(), account: account, name: "\(name).example.net", createdAt: now))
        try tables.save(
            Alarm(
                id: AlarmID(), account: account, name: "a" + name, instance: instance.id, metric: .cpuUtilization,
                comparison: .greaterThanThreshold, threshold: 1, evaluationPeriods: 1, datapointsToAlarm: 1,
                createdAt: now))
        try tables.recordDone(
            SloopModel.Operation(
                id: OperationID(), account: account, kind: "stop-instance", resourceName: "i" + PageWalkTests.names[0],
                resourceType: "Instance", status: .succeeded, createdAt: now, changedAt: now))
    }

    /// All that the call gives, a page after the other.
    private func walk(_ calls: CallTable, _ walk: Walk) async throws -> (items: [String], pages: Int) {
        let handler = try calls.handler(for: walk.call.target)
        var input =
            walk.call.name == "GetOperationsForResource" ? ["resourceName": "i" + PageWalkTests.names[0]] : [:]
        var items: [String] = []
        for page in 1...30 {
            let body = try JSONSerialization.data(withJSONObject: input)
            let answer = try await handler.answer(.init(account: .default, region: "us-east-1"), body)
            let found = try #require(JSONSerialization.jsonObject(with: answer) as? [String: Any])
            let things = try #require(found[walk.list] as? [Any])
            items += things.compactMap { thing in
                walk.key == nil ? thing as? String : (thing as? [String: Any])?[walk.key ?? ""] as? String
            }
            #expect(things.count <= Page.size)
            guard let token = found["nextPageToken"] as? String else { return (items, page) }
            input["pageToken"] = token
        }
        Issue.record("\(walk.call.name) does not end")
        return (items, 30)
    }

    @Test func everyListIsWalkedWithoutGapsOrRepetitions() async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "sloop-pages-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: folder) }
        let assembly = try await Assembly(
            state: folder, engine: .local, catalog: PageWalkTests.root, logger: Logger(label: "pages"))
        let calls = Server.calls(
            assembly.provisioner, status: .init(version: "", statePath: "", installation: ""), endpoint: Endpoint())
        try await assembly.provisioner.world.store.of(.default).write { tables in
            for (number, name) in PageWalkTests.names.enumerated() { try fill(tables, name, number) }
        }
        for one in PageWalkTests.walks {
            let (call, list) = (one.call.name, one.list)
            let (items, pages) = try await walk(calls, one)
            #expect(Set(items).count == items.count, "\(call) gives something twice")
            let isCatalog = list == "bundles" || list == "blueprints"
            let kinds = list == "activeNames" ? PageWalkTests.kinds.count + 1 : 1
            let wanted = kinds * PageWalkTests.names.count
            #expect(isCatalog ? !items.isEmpty : items.count == wanted, "\(call) gives \(items.count)")
            #expect(isCatalog || pages == (wanted + Page.size - 1) / Page.size, "\(call) has \(pages) pages")
        }
        let walked = Set(PageWalkTests.walks.map { $0.call.name })
        for operation in Lightsail.allOperations {
            guard calls.handlers[operation.target] != nil, hasPages(operation) else { continue }
            #expect(walked.contains(operation.name), "\(operation.name) is not walked")
        }
        await assembly.provisioner.stop()
        try assembly.close()
    }

    private func hasPages<Call: LightsailOperation>(_ call: Call.Type) -> Bool {
        let input = try? JSONDecoder().decode(Call.Input.self, from: Data(#"{"pageToken":"x"}"#.utf8))
        let members = input.flatMap { try? JSONEncoder().encode($0) }.map { String(decoding: $0, as: UTF8.self) }
        return members?.contains("pageToken") == true
    }

    @Test func aListThatIsThereAsAWholeIsCutIntoPages() throws {
        let all = Array(0..<Page.size * 2 + 1)
        var (items, token): ([Int], String?) = ([], nil)
        for _ in 0..<3 {
            let page = try Page.slice(all, token, call: "GetBundles")
            items += page.items
            token = page.next
        }
        #expect(items == all && token == nil)
    }
}
