import Foundation
import SloopModel
import Testing

@testable import SloopEngine

/// A local engine in a folder of its own; its machines go with the test.
func withLocalEngine(_ body: (EngineBench, URL) async throws -> Void) async throws {
    let folder = URL(filePath: "/tmp/sloop-engine-\(UUID().uuidString.prefix(13))")
    let machines = folder.appending(path: "machines")
    try FileManager.default.createDirectory(at: machines, withIntermediateDirectories: true)
    let installation = UUID().uuidString
    let engine = try LocalEngine(folder: machines, installation: installation)
    let bench = try EngineBench(engine, folder: folder) {
        try LocalEngine(folder: machines, installation: installation)
    }
    let result: Result<Void, any Error>
    do { result = .success(try await body(bench, machines)) } catch { result = .failure(error) }
    for id in try await engine.list().keys { try await engine.delete(id) }
    try FileManager.default.removeItem(at: folder)
    try result.get()
}

@Suite(.needsSandbox) struct LocalEngineConformanceTests {
    @Test func everyCallMayBeRepeated() async throws {
        try await withLocalEngine { bench, _ in try await bench.everyCallMayBeRepeated() }
    }
    @Test func theKeysThatWerePlantedOpenTheMachine() async throws {
        try await withLocalEngine { bench, _ in try await bench.theKeysThatWerePlantedOpenTheMachine() }
    }
    @Test func aStoppedMachineAnswersNothingAndKeepsItsFiles() async throws {
        try await withLocalEngine { bench, _ in try await bench.aStoppedMachineAnswersNothingAndKeepsItsFiles() }
    }
    @Test func aMachineThatIsNotThereIsNotFound() async throws {
        try await withLocalEngine { bench, _ in try await bench.aMachineThatIsNotThereIsNotFound() }
    }
    @Test func machinesOutliveTheServer() async throws {
        try await withLocalEngine { bench, _ in try await bench.machinesOutliveTheServer() }
    }
    @Test func theServiceRunsAtEachStart() async throws {
        try await withLocalEngine { bench, _ in try await bench.theServiceRunsAtEachStart() }
    }
    @Test func aMachineIsRenamedWhileItRunsAndStaysSo() async throws {
        try await withLocalEngine { bench, _ in try await bench.aMachineIsRenamedWhileItRunsAndStaysSo() }
    }
    @Test func whatReachesAMachineIsSeen() async throws {
        try await withLocalEngine { bench, _ in try await bench.whatReachesAMachineIsSeen() }
    }
    @Test func manyAreMadeAtOnce() async throws {
        try await withLocalEngine { bench, _ in try await bench.manyAreMadeAtOnce() }
    }
}

@Suite(.needsSandbox) struct LocalEngineTests {
    @Test func aMachineSeesNeitherItsHostNorItsNeighbours() async throws {
        try await withLocalEngine { bench, machines in
            let one = try await bench.make(0)
            _ = try await bench.make(1)
            let script = """
                touch /usr/x /etc/x /x 2>/dev/null && echo wrote
                ls \(machines.path) 2>/dev/null && echo saw
                kill -0 \(getpid()) 2>/dev/null && echo signalled
                ls /proc | grep -c '^[0-9]'
                id -u
                """
            let lines = try bench.ssh(one, bench.user, script).out.split(separator: "\n").map(String.init)
            #expect(lines.count == 2, "\(lines)")
            #expect((Int(lines.first ?? "") ?? 99) < 15)
            #expect(lines.last != "0")
        }
    }

    @Test func aPortThatIsTakenIsSaidInSSHDsWordsAndNothingIsLeftRunning() async throws {
        try await withLocalEngine { bench, _ in
            let first = try await bench.make(0)
            var second = try await bench.order(1)
            second.place = first.place
            try await bench.engine.create(second)
            let error = await #expect(throws: SloopError.self) { try await bench.engine.start(second.id) }
            #expect(error?.message.contains("Address already in use") == true, "\(error?.message ?? "")")
            #expect(try await bench.engine.list()[second.id] == .stopped)
            #expect(try await bench.engine.list()[first.id] == .running)
        }
    }

    @Test func nothingThatTheServerHasOpenIsInheritedByAMachine() async throws {
        try await withLocalEngine { bench, machines in
            let secret = bench.folder.appending(path: "secret").path
            let fd = open(secret, O_RDWR | O_CREAT, 0o600)
            defer { close(fd) }
            let machine = try await bench.make(0)
            let open = try run("sh", "-c", "ls -l /proc/[0-9]*/fd 2>/dev/null | grep -F \(secret) | wc -l").out
            #expect(Int(open.trimmingCharacters(in: .whitespacesAndNewlines)) == 1)
            let lock = MachineFolder.path(machine.id, in: machines) + "/lock"
            #expect(try LivenessLock.isHeld(lock))
        }
    }

    @Test func aMachineThatIsKilledIsSeenStoppedAndCanBeStartedAgain() async throws {
        try await withLocalEngine { bench, machines in
            let machine = try await bench.make(0)
            try Sandbox.end(MachineFolder.path(machine.id, in: machines))
            #expect(try await bench.engine.list() == [machine.id: .stopped])
            try await bench.engine.start(machine.id)
            try await bench.waitForLogin(machine)
        }
    }

    @Test func callsForOneMachineAtTheSameTimeTakeTurns() async throws {
        try await withLocalEngine { bench, machines in
            let engine = bench.engine
            for round in 0..<24 {
                let machine = try await bench.order(0)
                try await engine.create(machine)
                // A start after the delete finds no machine: that is an answer too.
                async let start: Void = { try? await engine.start(machine.id) }()
                try await Task.sleep(for: .microseconds(round * 400))
                try await engine.delete(machine.id)
                _ = await start
                #expect(try await engine.list().isEmpty)
                #expect(try FileManager.default.contentsOfDirectory(atPath: machines.path).isEmpty)
                // A sandbox that were left would have the address.
                #expect(try await engine.isFree(machine.place), "round \(round)")
            }
        }
    }

    @Test func aMachineOfAnotherUsersServerIsNotStarted() async throws {
        try await withLocalEngine { bench, machines in
            let machine = try await bench.order(0)
            let owner = MachineFolder.Owner(uid: geteuid() + 1, isServer: true)
            try MachineFolder.make(machine, in: machines, owner: owner, web: 80)
            let error = await #expect(throws: SloopError.self) { try await bench.engine.start(machine.id) }
            #expect(error?.message == "'machine-0' was made by a server that ran as the user with the id \(owner.uid)")
            try await bench.engine.delete(machine.id)
        }
    }

    @Test func stoppingSparesAProcessThatMerelyReadsInTheMachinesFolder() async throws {
        try await withLocalEngine { bench, machines in
            let machine = try await bench.make(0)
            let nothing = try Descriptor(opening: "/dev/null", O_RDWR)
            let log = MachineFolder.path(machine.id, in: machines) + "/log"
            let reader = try Spawn.detached(
                ["/usr/bin/tail", "-f", log], descriptors: [nothing, nothing, nothing])
            defer {
                kill(reader, SIGKILL)
                waitpid(reader, nil, 0)
            }
            try await bench.engine.stop(machine.id)
            #expect(kill(reader, 0) == 0)
        }
    }

    @Test func whatAPredecessorLeftHalfDoneIsSweptAway() async throws {
        try await withLocalEngine { bench, machines in
            for name in [".new-x", ".gone-y"] {
                try FileManager.default.createDirectory(
                    at: machines.appending(path: "\(name)/home"), withIntermediateDirectories: true)
            }
            _ = try await bench.reopened()
            #expect(try FileManager.default.contentsOfDirectory(atPath: machines.path).isEmpty)
        }
    }

    @Test func aUsersClosedFoldersDoNotHinderDeleting() async throws {
        try await withLocalEngine { bench, machines in
            let machine = try await bench.make(0)
            #expect(try bench.ssh(machine, bench.user, "mkdir -p a/b; touch a/b/c; chmod 000 a/b a").code == 0)
            try await bench.engine.delete(machine.id)
            #expect(try FileManager.default.contentsOfDirectory(atPath: machines.path).isEmpty)
        }
    }

    @Test func addressesAreDistinctAndUsual() throws {
        let places = LoopbackPlaces(installation: "one")
        let all = (0..<2000).compactMap { places.place(slot: $0)?.address }
        #expect(Set(all).count == 2000)
        #expect(all.allSatisfy { !$0.hasSuffix(".0") && !$0.hasSuffix(".255") && LoopbackPlaces.isLoopback($0) })
        #expect(places.place(slot: -1) == nil)
        #expect(places.place(slot: LoopbackPlaces.count) == nil)
        #expect(LoopbackPlaces(installation: "two").place(slot: 0) != places.place(slot: 0))
    }

    @Test func aMissingProgramIsNamedWithThePackageThatHasIt() throws {
        let error = #expect(throws: SloopError.self) { _ = try SandboxTools(search: ["/nowhere"]) }
        #expect(error?.code == .notOffered)
        #expect(error?.message == "the local engine needs bwrap, which is not installed")
        #expect(error?.tip == "install it: apt-get install bubblewrap")
    }
}
