import LightsailAPI
import SloopModel
import Testing

@Suite struct ListTests {
    private static let catalog = SloopAPI.GetCatalog.Output(
        plans: [
            .init(
                id: "nano", name: "Nano", monthlyPrice: "5.00", vcpus: 2, memoryMB: 512, diskGB: 20, transferGB: 1024,
                bundles: ["nano_3_0", "nano_2_0"]),
            .init(
                id: "large", name: "Large", monthlyPrice: "44.00", vcpus: 2, memoryMB: 8192, diskGB: 160,
                transferGB: 5120, bundles: ["large_3_0"]),
        ],
        blueprints: [
            .init(
                id: "sandbox", name: "Sandbox", kind: "os", version: "1", description: "A plain shell",
                username: "sloop", requiresMachine: false, available: true, ports: ["22/tcp"]),
            .init(
                id: "debian_12", name: "Debian 12", kind: "os", version: "12.8", description: "Debian",
                username: "admin", requiresMachine: true, available: false,
                reason: "the engine 'local' makes no whole machines", ports: ["22/tcp", "80/tcp"]),
        ])

    @Test func plansAreListedWithTheirPrices() async throws {
        try await FakeSloop.run([(SloopAPI.GetCatalog.self, [.ok(Self.catalog)])]) { fake in
            let outcome = await sloop("plan", "list", on: fake)
            #expect(
                outcome.output == """
                    PLAN   USD/MONTH  VCPUS  MEMORY    DISK  TRANSFER/MONTH  BUNDLES
                    nano        5.00      2  512 MB   20 GB            1 TB  nano_3_0 nano_2_0
                    large      44.00      2    8 GB  160 GB            5 TB  large_3_0

                    """)
            #expect(outcome.error == "")
            #expect(outcome.code == 0)
        }
    }

    @Test func blueprintsAreListedAndShown() async throws {
        try await FakeSloop.run([(SloopAPI.GetCatalog.self, [.ok(Self.catalog)])]) { fake in
            #expect(
                await sloop("blueprint", "list", on: fake).output == """
                    BLUEPRINT  KIND  VERSION  USER   AVAILABLE  DESCRIPTION
                    sandbox    os    1        sloop  yes        A plain shell
                    debian_12  os    12.8     admin  no         Debian

                    """)
            #expect(
                await sloop("blueprint", "show", "debian_12", on: fake).output == """
                    blueprint:   debian_12
                    name:        Debian 12
                    kind:        os
                    version:     12.8
                    description: Debian
                    user:        admin
                    ports:       22/tcp 80/tcp
                    needs:       an engine that makes whole machines
                    available:   no
                    reason:      the engine 'local' makes no whole machines

                    """)
            let missing = await sloop("blueprint", "show", "moon", on: fake)
            #expect(missing.error == "error: no blueprint 'moon'\ntip: sloop blueprint list\n")
            #expect(missing.code == 3)
        }
    }

    private static let cost = SloopAPI.GetMonthlyCost.Output(
        month: "2026-11", currency: "USD",
        items: [
            .init(
                resource: "web", type: "Instance", plan: "nano", monthlyPrice: "5.00", hours: 12, accrued: "0.08",
                forecast: "1.13", state: "running", since: noon),
            .init(
                resource: "db", type: "Instance", plan: "large", monthlyPrice: "44.00", hours: 564, accrued: "33.35",
                forecast: "44.00", state: "stopped", since: noon),
        ],
        total: .init(monthlyPrice: "49.00", accrued: "33.43", forecast: "45.13"))

    /// The same as it comes for people.
    private static let costTable: SloopAPI.GetCostTable.Output = {
        var rows = TextRows()
        for item in cost.items {
            let (price, hours) = (item.monthlyPrice, "\(item.hours)")
            let cells = [item.resource, item.type, item.plan, item.state, price, hours, item.accrued, item.forecast]
            for cell in cells { rows.add(cell) }
            rows.endRow()
        }
        return .init(month: cost.month, currency: cost.currency, rows: rows, total: cost.total)
    }()

    @Test func theCostHasATotalAndSaysWhatIsBilledWhileStopped() async throws {
        try await FakeSloop.run([(SloopAPI.GetCostTable.self, [.ok(Self.costTable)])]) { fake in
            let outcome = await sloop("cost", "--month", "2026-11", on: fake)
            #expect(
                outcome.output == """
                    RESOURCE       TYPE      PLAN   STATE    USD/MONTH  HOURS  ACCRUED  FORECAST
                    web            Instance  nano   running       5.00     12     0.08      1.13
                    db             Instance  large  stopped      44.00    564    33.35     44.00
                    TOTAL 2026-11                                49.00           33.43     45.13

                    stopped, and billed until deleted: db

                    """)
            #expect(fake.bodies(SloopAPI.GetCostTable.self) == [#"{"month":"2026-11"}"#])
        }
    }

    @Test func theCostForProgramsHasDecimalStrings() async throws {
        try await FakeSloop.run([(SloopAPI.GetMonthlyCost.self, [.ok(Self.cost)])]) { fake in
            let outcome = await sloop("cost", "-o", "json", on: fake)
            #expect(outcome.value("total.forecast") as? String == "45.13")
            #expect(
                (outcome.value("items") as? [[String: Any]])?.first?["since"] as? String == "2026-11-24T12:00:00.000Z")
            #expect(outcome.value("currency") as? String == "USD")
        }
    }

    @Test func operationsAreListedWithWhyTheyFailed() async throws {
        let operations = SloopAPI.ListOperations.Output(operations: [
            Sample.operation("Started", phase: "start machine"), Sample.operation("Failed", error: "no space"),
        ])
        try await FakeSloop.run([(SloopAPI.ListOperations.self, [.ok(operations)])]) { fake in
            #expect(
                await sloop("operation", "list", "--resource", "web", on: fake).output == """
                    OPERATION  KIND             RESOURCE  STATUS   PHASE          AGE  ERROR
                    op-1       create-instance  web       Started  start machine   3h  -
                    op-1       create-instance  web       Failed   -               3h  no space

                    """)
            #expect(fake.bodies(SloopAPI.ListOperations.self) == [#"{"limit":50,"resourceName":"web"}"#])
        }
    }

    @Test func theStatusSaysWhoAnswers() async throws {
        let status = SloopAPI.GetSloopStatus.Output(
            version: "0.1.0", engine: "local", installation: "abc", statePath: "/srv/sloop", processId: 42,
            instances: 3, unfinishedOperations: 1, stuckOperations: 0)
        try await FakeSloop.run([(SloopAPI.GetSloopStatus.self, [.ok(status)])]) { fake in
            #expect(
                await sloop("status", on: fake).output == """
                    version:      0.1.0
                    engine:       local
                    installation: abc
                    state:        /srv/sloop
                    socket:       \(fake.socket)
                    process:      42
                    instances:    3
                    operations:   1 at work, 0 stuck

                    """)
        }
    }
}
