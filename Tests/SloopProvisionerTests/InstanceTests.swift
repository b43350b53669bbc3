import Foundation
import SloopEngine
import SloopModel
import SloopStore
import Testing

@testable import SloopProvisioner

@Suite(.needsSandbox) struct InstanceTests {
    @Test func anInstanceGoesThroughItsStatesAndLeavesNothingButItsBill() async throws {
        try await Live.with { live in
            let made = try await live.make()
            #expect(made.state == .running && made.stateReason == nil)
            let (running, reachable) = (try #require(made.runningAt), try #require(made.reachableAt))
            #expect(made.createdAt <= running && running <= reachable)
            #expect(try await live.rig.shell(made, "echo kept > file; hostname") == "web\n")
            try await live.check("made")

            try await live.stop()
            #expect(try await live.find().state == .stopped)
            #expect(try await live.rig.engine.list() == [made.id: .stopped])
            try await live.start()
            #expect(try await live.find().state == .running)
            try await live.complete(live.provisioner.instances.reboot("web"))
            #expect(try await live.find().state == .running)
            #expect(try await live.rig.shell(made, "cat file") == "kept\n")
            try await live.check("rebooted")

            try await live.complete(live.provisioner.instances.delete("web"))
            await expect(.notFound) { try await live.find() }
            #expect(try await live.rig.engine.list().isEmpty)
            let secret = try await live.rig.store.read { try $0.secret(SecretName.hostKey(made.id)) }
            #expect(secret == nil)
            let bills = try await live.rig.store.read { try $0.bills(from: .distantPast, to: .distantFuture) }
            #expect(bills.map(\.name) == ["web"] && bills[0].until != nil)
            // Name and address are free again.
            #expect(try await live.make().addressSlot == made.addressSlot)
        }
    }

    @Test func whatTheStateDoesNotAllowIsRefused() async throws {
        try await Live.with { live in
            let instances = live.provisioner.instances
            try await live.make()
            await expect(.wrongState) { try await instances.start("web") }
            try await live.stop()
            let before = try await live.rig.picture()
            await expect(.wrongState) { try await instances.stop("web") }
            await expect(.wrongState) { try await instances.reboot("web") }
            await expect(.wrongState) { try await instances.temporaryAccess(to: "web") }
            await expect(.wrongState) { try await live.provisioner.launches.rerun("web", script: "true") }
            for call in [instances.start, instances.stop, instances.reboot, instances.delete] {
                await expect(.notFound) { try await call("nobody") }
            }
            #expect(try await live.rig.picture() == before)
        }
    }

    @Test func aBusyInstanceIsRefusedByTheNameOfItsOperation() async throws {
        try await Rig.with { rig in
            let create = try await rig.order()
            let before = try await rig.picture()
            for call in [rig.instances.start, rig.instances.stop, rig.instances.reboot, rig.instances.delete] {
                let error = await #expect(throws: SloopError.self) { try await call("web") }
                #expect(error?.code == .busy)
                #expect(error?.message.contains("create-instance is at work (operation \(create.id))") == true)
            }
            #expect(try await rig.picture() == before)
            try await rig.run(create.id)
            try await rig.check("made after all")
        }
    }

    @Test func aCreateThatFailsAtBootLeavesNothing() async throws {
        try await Rig.with { rig in
            let operation = try await rig.order(script: "true")
            let row = try await rig.store.read { try $0.instance(named: "web") }
            let before = try await rig.store.read { try $0.keyPairs() }
            do {
                let listener = try Listener(row.address, row.port)
                try await rig.run(operation.id)
                withExtendedLifetime(listener) {}
            }
            let end = try #require(try await rig.store.read { try $0.operation(operation.id) })
            #expect(end.status == .failed && end.error?.contains("in use") == true, "\(end)")
            let after = try await rig.picture()
            #expect(after.instances.isEmpty && after.slots.isEmpty && after.bills.isEmpty && after.locks.isEmpty)
            #expect(after.machines.isEmpty && after.keyPairs == before && after.operations.count == 2)
            #expect(try await rig.store.read { try $0.secret(SecretName.hostKey(row.id)) } == nil)
            try await rig.make()
            try await rig.check("made with the same name")
        }
    }

    @Test(arguments: ["create", "start"])
    func aMachineThatDoesNotComeUpTellsWhatItsConsoleSaid(_ call: String) async throws {
        try await Live.with(bootPatience: .seconds(5)) { live in
            if call == "start" {
                try await live.make()
                try await live.stop()
            }
            live.engine.hang(console: "booting\u{1B}[1;31m\r\n\nno space left on device\u{1B}[0m\n \n")
            let operation =
                call == "start"
                ? try await live.provisioner.instances.start("web")
                : try await live.provisioner.instances.create(
                    InstanceService.Request(names: ["web"], blueprint: "sandbox", bundle: "nano"))[0]
            let end = try await live.finish(operation)
            #expect(end.status == .failed)
            #expect(
                end.error?.hasSuffix("; its console ends with:\n  booting\n  no space left on device") == true,
                "\(end.error ?? "")")
            live.engine.hang(console: nil)
            if call == "start" { try await live.start() } else { try await live.make() }
            try await live.check("made after all")
        }
    }

    @Test func theConsoleIsWhatSSHDSaid() async throws {
        try await Live.with { live in
            try await live.make()
            let console = try await live.provisioner.instances.console("web")
            #expect(console.contains("Server listening"), "\(console)")
            await expect(.notFound) { try await live.provisioner.instances.console("nobody") }
            #expect(try await live.provisioner.instances.secrets("web").isEmpty)
            await expect(.notFound) { try await live.provisioner.instances.secrets("nobody") }
        }
    }

    @Test func aConsoleCannotDriveTheTerminalOfWhoReadsIt() {
        let text = "a\u{1B}]0;title\u{07}b\u{1B}[2J\u{1B}]8;;x\u{1B}\\c\u{1B}(Bd\u{9B}e\u{08}\tf\r\n\u{1B}"
        #expect(ConsoleText.plain(text) == "abcde\tf\n")
        #expect(ConsoleText.plain(String(repeating: "x", count: ConsoleText.limit + 5)).count == ConsoleText.limit)
    }

    @Test func secretsAreTheLinesWithANameAndAValue() {
        let text = "database_password=a=b\nadmin=\n\nnonsense\n=x\n"
        #expect(
            MachineSecret.parse(text) == [
                MachineSecret(name: "database_password", value: "a=b"), MachineSecret(name: "admin", value: ""),
            ])
    }

    @Test func severalAreMadeTogether() async throws {
        try await Live.with { live in
            let operations = try await live.provisioner.instances.create(
                InstanceService.Request(names: ["one", "two", "three"], blueprint: "sandbox", bundle: "nano_3_0"))
            #expect(operations.map(\.resourceName) == ["one", "two", "three"])
            for operation in operations { try await live.complete(operation) }
            let all = try await live.provisioner.instances.list().map(\.instance)
            #expect(all.map(\.name) == ["one", "three", "two"] && all.allSatisfy { $0.state == .running })
            #expect(Set(all.map(\.address)).count == 3)
            #expect(all.allSatisfy { $0.plan == "nano" && $0.bundle == "nano_3_0" })
            try await live.check("three")
        }
    }

    @Test func manyThatAreAskedForAtOnceGetAddressesOfTheirOwn() async throws {
        try await Rig.with { rig in
            try await withThrowingTaskGroup { group in
                for number in 0..<20 { group.addTask { _ = try await rig.order("web\(number)") } }
                try await group.waitForAll()
            }
            let rows = try await rig.store.read { try $0.instances() }
            #expect(rows.count == 20 && Set(rows.map(\.address)).count == 20)
        }
    }

    @Test func aMachineThatCannotBeMadeLeavesNothing() async throws {
        try await Live.with { live in
            live.engine.fail(.create)
            let request = InstanceService.Request(names: ["web"], blueprint: "sandbox", bundle: "nano")
            let end = try await live.finish(live.provisioner.instances.create(request)[0])
            #expect(end.status == .failed && end.error?.contains("fail at create") == true)
            let after = try await live.rig.picture()
            #expect(after.instances.isEmpty && after.bills.isEmpty && after.locks.isEmpty && after.machines.isEmpty)
            live.engine.fail()
            try await live.make()
            try await live.check("made at last")
        }
    }

    @Test func aCreateWhoseRemovalFailsIsStuckAndSaysWhy() async throws {
        try await Live.with { live in
            live.engine.fail(.start, .delete)
            let operation = try await live.provisioner.instances.create(
                InstanceService.Request(names: ["web"], blueprint: "sandbox", bundle: "nano"))[0]
            let end = try await live.finish(operation)
            #expect(end.status == .stuck && end.error?.contains("fail at start") == true)
            #expect(end.error?.contains("fail at delete") == true)
            let row = try await live.find()
            #expect(row.state == .error && row.stateReason?.contains("fail at delete") == true)
            #expect(try await live.provisioner.operations.counts().stuck == 1)
            live.engine.fail()
            // It stays for a person to see.
            await live.provisioner.reconcile()
            #expect(try await live.find() == row)
            try await live.complete(live.provisioner.instances.delete("web"))
            try await live.check("deleted")
            #expect(try await live.rig.engine.list().isEmpty)
        }
    }

    @Test func aMachineThatDoesNotStartIsStoppedAgain() async throws {
        try await Live.with { live in
            try await live.make()
            try await live.stop()
            live.engine.fail(.start)
            let end = try await live.finish(live.provisioner.instances.start("web"))
            #expect(end.status == .failed && end.error?.contains("fail at start") == true)
            #expect(try await live.find().state == .stopped)
            live.engine.fail()
            try await live.start()
            try await live.check("started")
        }
    }

    @Test func aMachineThatDoesNotStopIsInErrorUntilItIsSeenRunning() async throws {
        try await Live.with { live in
            try await live.make()
            live.engine.fail(.stop)
            #expect(try await live.finish(live.provisioner.instances.stop("web")).status == .failed)
            let row = try await live.find()
            #expect(row.state == .error && row.stateReason?.contains("fail at stop") == true)
            live.engine.fail()
            await live.provisioner.reconcile()
            #expect(try await live.find().state == .running)
            try await live.check("seen running")
        }
    }
}
