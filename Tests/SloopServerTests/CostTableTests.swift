import Foundation
import LightsailAPI
import Logging
import SloopModel
import SloopProvisioner
import SloopStore
import Testing

@testable import SloopServer

@Suite struct CostTableTests {
    private static let root = URL(filePath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    private static let month: TimeInterval = 31 * 86400

    /// What was billed at many times: all of it is there, or gone, this month or long ago.
    private func fill(_ tables: Tables, now: Date) throws {
        let types = ["Instance", "StaticIp", "Disk", "InstanceSnapshot"]
        for number in 0..<400 {
            let name = "n-\(number)"
            let instance = Instance(
                id: InstanceID(), name: name, state: number % 3 == 0 ? .stopped : .error, blueprint: "sandbox",
                plan: "nano",
                bundle: "nano_3_0", monthlyPrice: 0, addressSlot: number,
                address: "127.64.\(number / 250).\(number % 250 + 1)", port: 22, username: "admin", keyPair: nil,
                tags: [:], hostKey: "ssh-ed25519 AAAA", createdAt: now)
            let isThere = number % 4 == 0
            if isThere {
                try tables.claim(name: name, type: "Instance")
                try tables.insert(instance)
            }
            let since = now.addingTimeInterval(-CostTableTests.month * 3 * Double(number) / 400)
            let type = types[number / 4 % types.count]
            try tables.bill(
                BillingRecord(
                    resource: instance.id.value, account: .default,
                    name: type == "InstanceSnapshot" ? "\(name) (automatic, 2026-11-25)" : name, type: type,
                    plan: type == "Disk" ? "\(number) GB" : "nano", monthlyPrice: number * 37, since: since,
                    until: isThere ? nil : min(now, since.addingTimeInterval(Double(number) * 9000))))
        }
    }

    @Test func theCostForPeopleIsThatForPrograms() async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "sloop-cost-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: folder) }
        let assembly = try await Assembly(
            state: folder, engine: .local, catalog: CostTableTests.root, logger: Logger(label: "cost"))
        let calls = Server.calls(
            assembly.provisioner, status: .init(version: "", statePath: "", installation: ""), endpoint: Endpoint())
        let now = assembly.provisioner.now
        try await assembly.provisioner.world.store.of(.default).write { try fill($0, now: now) }
        func ask<Call: SloopCall>(_ call: Call.Type, _ input: Call.Input) async throws -> Call.Output {
            let handler = try calls.handler(for: call.target)
            return try WireCoding.decode(
                from: await handler.answer(
                    .init(account: .default, region: "us-east-1"), WireCoding.encode(input)))
        }
        let months = [0, 1, 2, 3].map {
            now.addingTimeInterval(-CostTableTests.month * $0).formatted(.iso8601).prefix(7)
        }
        for month in [nil] + months.map({ String($0) }) {
            let programs = try await ask(SloopAPI.GetMonthlyCost.self, .init(month: month))
            let people = try await ask(SloopAPI.GetCostTable.self, .init(month: month))
            #expect(people.month == programs.month && people.currency == programs.currency)
            #expect(people.total == programs.total)
            #expect(
                rows(people)
                    == programs.items.map {
                        [
                            $0.resource, $0.type, $0.plan, $0.state, $0.monthlyPrice, "\($0.hours)", $0.accrued,
                            $0.forecast,
                        ]
                    })
            #expect(rows(people).count > 10)
        }
        let states = try await rows(ask(SloopAPI.GetCostTable.self, .init())).map { $0[3] }
        #expect(Set(states) == ["stopped", "error", "unattached", "deleted"])
        await assembly.provisioner.stop()
        try assembly.close()
    }

    private func rows(_ table: SloopAPI.GetCostTable.Output) -> [[String]] {
        let (text, cells) = table.rows.layout
        let all = cells.map { String(decoding: text[$0], as: UTF8.self) }
        return stride(from: 0, to: all.count, by: 8).map { Array(all[$0..<$0 + 8]) }
    }
}
