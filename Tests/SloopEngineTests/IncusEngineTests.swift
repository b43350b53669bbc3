import Foundation
import SloopModel
import Testing

@testable import SloopEngine

extension Trait where Self == ConditionTrait {
    /// For tests with real machines of Incus, and an image for them.
    static var needsIncus: Self {
        .enabled(
            if: IncusServer.standard.isThere && geteuid() == 0,
            "no Incus for Sloop on this machine; set it up as root: scripts/install-incus")
    }
}

/// The image that the tests clone: made once by the first that needs it.
enum TestImage {
    private static let prefix = "sloop-tests"
    private static let made = Task {
        let engine = try await IncusEngine(.standard, installation: "tests")
        let store = try #require(engine.images)
        let script = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appending(path: "blueprints/debian-12/image.sh").path
        let beside = URL(filePath: script).deletingLastPathComponent().appending(path: "machine.sh")
        let text = try Data(contentsOf: URL(filePath: script)) + Data(contentsOf: beside)
        // The scripts' own content is the digest: an image of others is not taken for it.
        let hash = text.reduce(5381 as UInt64) { ($0 &* 33) ^ UInt64($1) }
        let key = MachineImage.Key(blueprint: "debian-12", digest: "\(prefix)-\(String(hash, radix: 16))")
        if try await store.list().contains(where: { $0.key == key }) { return key }
        let folder = URL(filePath: "/tmp/sloop-image-\(UUID().uuidString.prefix(13))")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        try await ImageScript.run(script, ["bookworm"], into: folder)
        for old in try await store.list() where old.key.digest.hasPrefix(prefix) {
            try await store.delete(old.key)
        }
        try await store.take(
            key, metadata: folder.appending(path: "metadata.tar"),
            rootFileSystem: folder.appending(path: "rootfs.squashfs"))
        return key
    }

    static func ready() async throws -> MachineImage.Key { try await made.value }
}

/// The Incus engine for a Sloop of its own; its machines go with the test.
///
/// - Parameter isAlone: on a bridge of its own, for tests that have Incus set it up anew: for a moment nothing on it is reached.
func withIncus(isAlone: Bool = false, _ body: (EngineBench, IncusEngine) async throws -> Void) async throws {
    let image = try await TestImage.ready()
    let folder = URL(filePath: "/tmp/sloop-engine-\(UUID().uuidString.prefix(13))")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    let installation = "test-\(UUID().uuidString.lowercased())"
    var settings = IncusEngine.Settings()
    if isAlone { settings.network = try await makeBridge() }
    let engine = try await IncusEngine(.standard, installation: installation, settings: settings)
    let bench = try EngineBench(engine, folder: folder, username: "admin", image: image.name) { [settings] in
        try await IncusEngine(.standard, installation: installation, settings: settings)
    }
    let result: Result<Void, any Error>
    do { result = .success(try await body(bench, engine)) } catch { result = .failure(error) }
    for id in try await engine.list().keys { try await engine.delete(id) }
    for id in try await engine.snapshots?.list() ?? [] { try await engine.snapshots?.delete(id) }
    for id in try await engine.volumes?.list().keys.map({ $0 }) ?? [] { try await engine.volumes?.delete(id) }
    if isAlone {
        try await removeBridge(settings.network)
    } else {
        try await engine.detachACL()
    }
    try await engine.client.remove("/1.0/network-acls/\(engine.aclName)")
    try FileManager.default.removeItem(at: folder)
    bench.leavePlaces()
    try result.get()
}

/// Its name. Machines have 10.200.0.0/13 and public addresses 100.64.0.0/13 of which it takes 256 each.
private func makeBridge() async throws -> String {
    try await patiently {
        // Another name and other addresses each time: those of an attempt that failed may still be held.
        let name = "sl\(UUID().uuidString.prefix(8).lowercased())"
        let (b, c) = (Int.random(in: 0..<8), Int.random(in: 0..<256))
        let config = [
            "ipv4.address": "10.\(200 + b).\(c).1/24", "ipv4.nat": "true", "ipv6.address": "none",
            "ipv4.dhcp.ranges": "10.\(200 + b).\(c).200-10.\(200 + b).\(c).250",
            "user.sloop.public": "100.\(64 + b).\(c).0/24",
        ]
        let network = ["name": JSONObject.text(name), "config": .object(config.mapValues { .text($0) })]
        do { try await IncusClient(.standard).change(.POST, "/1.0/networks", network) } catch {
            endLostNameServer(of: name)
            throw error
        }
        return name
    }
}

private func removeBridge(_ name: String) async throws {
    try await patiently { try await IncusClient(.standard).remove("/1.0/networks/\(name)") }
    endLostNameServer(of: name)
}

/// Incus forgets the name server of a bridge if it fails in the middle of making or removing it.
private func endLostNameServer(of bridge: String) {
    for pid in (try? FileManager.default.contentsOfDirectory(atPath: "/proc"))?.compactMap(pid_t.init) ?? [] {
        let line = FileManager.default.contents(atPath: "/proc/\(pid)/cmdline") ?? Data()
        let words = String(decoding: line, as: UTF8.self).split(separator: "\0")
        if words.first?.hasSuffix("dnsmasq") == true, words.contains("--interface=\(bridge)") { kill(pid, SIGTERM) }
    }
}

/// Incus fails to make or remove a bridge when other links of the computer vanish meanwhile.
private func patiently<Value>(_ change: () async throws -> Value) async throws -> Value {
    for _ in 1..<10 {
        do { return try await change() } catch is IncusClient.Refusal {
            try await Task.sleep(for: .milliseconds(200))
        }
    }
    return try await change()
}

extension IncusEngine {
    /// Takes our ACL from the bridge, if it is there.
    func detachACL() async throws {
        let path = "/1.0/networks/\(settings.network)"
        try await changing {
            let network: IncusNetwork = try await client.get(path)
            let all = (network.config["security.acls"] ?? "").split(separator: ",").map(String.init)
            guard all.contains(aclName) else { return }
            let rest = all.filter { $0 != aclName }.joined(separator: ",")
            try await client.change(.PATCH, path, ["config": ["security.acls": rest]])
        }
    }
}

@Suite(.needsIncus, .serialized) struct IncusEngineConformanceTests {
    @Test func everyCallMayBeRepeated() async throws {
        try await withIncus { bench, _ in try await bench.everyCallMayBeRepeated() }
    }
    @Test func theKeysThatWerePlantedOpenTheMachine() async throws {
        try await withIncus { bench, _ in try await bench.theKeysThatWerePlantedOpenTheMachine() }
    }
    @Test func aStoppedMachineAnswersNothingAndKeepsItsFiles() async throws {
        try await withIncus { bench, _ in try await bench.aStoppedMachineAnswersNothingAndKeepsItsFiles() }
    }
    @Test func aMachineThatIsNotThereIsNotFound() async throws {
        try await withIncus { bench, _ in try await bench.aMachineThatIsNotThereIsNotFound() }
    }
    @Test func machinesOutliveTheServer() async throws {
        try await withIncus { bench, _ in try await bench.machinesOutliveTheServer() }
    }
    @Test func theServiceRunsAtEachStart() async throws {
        try await withIncus { bench, _ in try await bench.theServiceRunsAtEachStart() }
    }
    @Test func aMachineIsRenamedWhileItRunsAndStaysSo() async throws {
        try await withIncus { bench, _ in try await bench.aMachineIsRenamedWhileItRunsAndStaysSo() }
    }
    @Test func whatReachesAMachineIsSeen() async throws {
        try await withIncus { bench, _ in try await bench.whatReachesAMachineIsSeen() }
    }
    @Test func manyAreMadeAtOnce() async throws {
        try await withIncus { bench, _ in try await bench.manyAreMadeAtOnce() }
    }

    @Test func thePrivateHostKeyLeavesTheConfigurationOnceItIsPlanted() async throws {
        try await withIncus { bench, engine in
            let machine = try await bench.order(0)
            try await engine.create(machine)
            try await engine.start(machine.id)
            for _ in 0..<2 {
                try await engine.forgetSecrets(of: machine.id)
                let found = try #require(try await engine.find(IncusEngine.name(machine.id)))
                #expect(found.config["user.sloop.host-key"] == nil)
                #expect(!"\(found)".contains("PRIVATE KEY"))
            }
            try await bench.waitForLogin(machine)
        }
    }

    @Test func thePlansLimitsAreSeenInTheMachine() async throws {
        try await withIncus { bench, _ in
            let machine = try await bench.make(0)
            let script = "nproc; free -m | awk '/^Mem/ { print $2 } /^Swap/ { print $2 }'"
            let lines = try bench.ssh(machine, bench.user, script).out.split(separator: "\n").map(String.init)
            #expect(lines == ["2", "512", "0"])
            #expect(try bench.ssh(machine, bench.user, "sudo -n id -u").out == "0\n")
        }
    }

    @Test func aMachineCannotFillMoreThanItsDisk() async throws {
        try await withIncus { bench, engine in
            var order = try await bench.order(0)
            order.diskGB = 1
            let machine = order
            try await engine.create(machine)
            try await engine.start(machine.id)
            try await bench.waitForLogin(machine)
            // df shows the whole pool on btrfs; what counts is what can be written, while the kernel counts. It may stop to by
            // whatever other tests do on the same pool, and is told to count anew by the next round of comparison.
            let fill = "rm -f big; head -c 2G /dev/zero > big; sync; du -m big | cut -f 1"
            for attempt in 1...3 {
                try await bench.waitUntil("the pool counts") {
                    _ = try await engine.list()
                    return !BtrfsQuotas.areLost(in: "sloop")
                }
                let written = try bench.ssh(machine, bench.user, fill)
                let megabytes = Int(written.out.trimmingCharacters(in: .whitespacesAndNewlines)) ?? .max
                if attempt < 3, megabytes >= 1024, BtrfsQuotas.areLost(in: "sloop") { continue }
                let ask = "dmesg | grep -i btrfs | tail -5; btrfs qgroup show -re /var/lib/incus/storage-pools/sloop"
                let said = try run("bash", "-c", ask)
                #expect(megabytes < 1024, "attempt \(attempt): \(written.out)\(said.out)")
                break
            }
        }
    }

    @Test func exactlyTheOpenPortsAreReachedFromOutside() async throws {
        try await withIncus { bench, _ in
            let machine = try await bench.make(0)
            #expect(machine.publicAddress != machine.place.address)
            // What a minimal system has that listens.
            let listen = """
                cat > listen <<'END'
                use IO::Socket;
                my $s = IO::Socket::INET->new(LocalPort => $ARGV[0], Listen => 5, ReuseAddr => 1) or die;
                while (my $c = $s->accept) { print $c "on $ARGV[0]\\n"; close $c }
                END
                for p in 80 81; do sudo setsid perl listen $p > /dev/null 2>&1 < /dev/null & done
                """
            #expect(try bench.ssh(machine, bench.user, listen).code == 0)
            func said(_ address: String, _ port: Int) throws -> String {
                try run("timeout", "5", "bash", "-c", "cat < /dev/tcp/\(address)/\(port)").out
            }
            let end = ContinuousClock.now + .seconds(20)
            while try said(machine.place.address, 80) != "on 80\n" || said(machine.place.address, 81) != "on 81\n" {
                try #require(ContinuousClock.now < end, "the listeners do not come up")
                try await Task.sleep(for: .milliseconds(50))
            }
            #expect(try said(machine.publicAddress, 80) == "on 80\n")
            #expect(try said(machine.publicAddress, 81) == "")
        }
    }

    @Test func machinesDoNotReachEachOtherUnlessThatIsWanted() async throws {
        try await withIncus { bench, engine in
            var settings = IncusEngine.Settings()
            settings.isIsolating = false
            let open = try await IncusEngine(.standard, installation: engine.installation, settings: settings)
            func pair(_ maker: IncusEngine) async throws -> (MachineSpec, MachineSpec) {
                let pair = (try await bench.order(0), try await bench.order(1))
                for machine in [pair.0, pair.1] {
                    try await maker.create(machine)
                    try await maker.start(machine.id)
                    try await bench.waitForLogin(machine)
                }
                return pair
            }
            func reaches(_ machine: MachineSpec, _ address: String) throws -> Bool {
                let ask = "exec 3<> /dev/tcp/\(address)/22; head -c 3 <&3"
                return try bench.ssh(machine, bench.user, "timeout 2 bash -c '\(ask)'").out == "SSH"
            }
            let (one, two) = try await pair(engine)
            #expect(try !reaches(one, two.place.address) && !reaches(two, one.place.address))
            #expect(try bench.ssh(two, bench.user, "echo in", at: two.publicAddress).out == "in\n")
            let (three, four) = try await pair(open)
            #expect(try reaches(three, four.place.address) && reaches(four, three.publicAddress))
            #expect(try !reaches(one, two.publicAddress))
        }
    }

    @Test func aVirtualMachineIsMadeOrRefusedInOneLine() async throws {
        try await withIncus { bench, engine in
            var machine = try await bench.order(0)
            machine.isVirtual = true
            let order = machine
            let server: IncusAbout = try await engine.client.get("/1.0")
            guard server.environment?.hasVirtualMachines == false else { return }
            let error = await #expect(throws: SloopError.self) { try await engine.create(order) }
            #expect(error?.code == .notOffered && error?.message.contains("\n") == false)
            #expect(error?.message.contains("virtual machines") == true)
            #expect(try await engine.list().isEmpty)
            #expect(try await engine.leftovers().isEmpty)
        }
    }

    @Test func aForeignInstanceOfTheSameNameIsAnErrorAndStays() async throws {
        try await withIncus { bench, engine in
            let machine = try await bench.order(0)
            let name = IncusEngine.name(machine.id)
            var foreign = engine.bare(name, image: bench.image ?? "", at: nil)
            foreign.config = ["user.owner": "somebody"]
            try await engine.client.change(.POST, "/1.0/instances", foreign)
            let error = await #expect(throws: SloopError.self) { try await engine.create(machine) }
            #expect(error?.code == .nameExists, "\(error?.message ?? "")")
            try await engine.delete(machine.id)
            #expect(try await engine.find(name)?.config["user.owner"] == "somebody")
            #expect(try await engine.list().isEmpty)
            try await engine.client.change(.DELETE, "/1.0/instances/\(name)")
        }
    }

    @Test func aMachineThatHasRunIsAdoptedWithItsFiles() async throws {
        try await withIncus { bench, engine in
            let machine = try await bench.make(0)
            #expect(try bench.ssh(machine, bench.user, "echo kept > file").code == 0)
            try await engine.create(machine)
            #expect(try bench.ssh(machine, bench.user, "cat file").out == "kept\n")
        }
    }

    @Test func anImageThatIsNotThereIsNotFoundAndLeavesNothing() async throws {
        try await withIncus { bench, engine in
            var machine = try await bench.order(0)
            machine.image = "sloop/none/0"
            let wrong = machine
            let error = await #expect(throws: SloopError.self) { try await engine.create(wrong) }
            #expect(error?.code == .notFound, "\(error?.message ?? "")")
            #expect(try await engine.find(IncusEngine.name(machine.id)) == nil)
        }
    }

    @Test func whatIncusHasForgottenIsDoneAgainAndNotForEver() async throws {
        let engine = try await IncusEngine(.standard, installation: "tests")
        var calls = 0
        let answer = try await engine.calling("count") {
            calls += 1
            if calls == 1 { throw IncusClient.LostOperation() }
            return calls
        }
        #expect(answer == 2)
        await #expect(throws: SloopError.self) {
            try await engine.calling("count") {
                calls += 1
                throw IncusClient.LostOperation()
            }
        }
        #expect(calls == 5)
    }

    @Test func aMachineOfAnotherSloopIsNeitherListedNorDeleted() async throws {
        try await withIncus { bench, engine in
            let machine = try await bench.order(0)
            try await engine.create(machine)
            let other = try await IncusEngine(.standard, installation: "test-other")
            #expect(try await other.list()[machine.id] == nil)
            try await other.delete(machine.id)
            #expect(try await engine.list() == [machine.id: .stopped])
            #expect(try await !other.isFree(machine.place))
        }
    }

    @Test func aMachineThatFailsToStartIsNotTakenForOneThatRuns() async throws {
        try await withIncus { bench, engine in
            let machine = try await bench.order(0)
            try await engine.create(machine)
            let name = IncusEngine.name(machine.id)
            let before = try #require(try await engine.find(name)?.config["raw.lxc"])
            let broken = before + "\nlxc.mount.entry = /nonexistent mnt none bind 0 0"
            try run("incus", "config", "set", name, "raw.lxc=\(broken)")
            let error = await #expect(throws: SloopError.self) { try await engine.start(machine.id) }
            #expect(error?.code == .operationFailed)
            try await bench.waitUntil("it is stopped") { try await engine.list() == [machine.id: .stopped] }
        }
    }

    @Test func theConsoleShowsTheBoot() async throws {
        try await withIncus { bench, engine in
            let machine = try await bench.make(0)
            #expect(try await engine.console(machine.id).contains("multi-user.target"))
        }
    }

    @Test func aBakeThatFailsSaysTheLineAndLeavesNothing() async throws {
        try await withIncus { bench, engine in
            let store = try #require(engine.images)
            let folder = bench.folder.appending(path: "blueprint")
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            try Data("#!/bin/bash\necho begun\nfalse # here\necho never\n".utf8).write(
                to: folder.appending(path: "bake.sh"))
            let key = MachineImage.Key(blueprint: "broken", digest: String(UUID().uuidString.prefix(8)).lowercased())
            let recipe = Recipe(base: try await TestImage.ready(), script: "bake.sh", firstBoot: nil, folder: folder)
            let error = await #expect(throws: SloopError.self) { try await store.bake(key, recipe) }
            #expect(
                error?.message.contains("begun\nbake.sh: line 3: false: exit code 1") == true, "\(error?.message ?? "")"
            )
            #expect(try await !store.list().contains { $0.key == key })
            #expect(try await engine.find("sloop-bake-broken-\(key.digest)") == nil)

            try Data("#!/bin/bash\necho baked > /etc/baked\n".utf8).write(to: folder.appending(path: "bake.sh"))
            try Data("#!/bin/sh\nhead -c 9 /dev/urandom | base64 > /etc/mine\n".utf8).write(
                to: folder.appending(path: "firstboot.sh"))
            var good = recipe
            good.firstBoot = "firstboot.sh"
            try await store.bake(key, good)
            var seen: Set<String> = []
            for slot in 0..<2 {
                var machine = try await bench.order(slot)
                machine.image = key.name
                try await engine.create(machine)
                try await engine.start(machine.id)
                try await bench.waitForLogin(machine)
                let end = ContinuousClock.now + .seconds(20)
                while try bench.ssh(machine, bench.user, "test -e /var/lib/sloop/firstboot.done").code != 0 {
                    try #require(ContinuousClock.now < end, "the first boot does not end")
                    try await Task.sleep(for: .milliseconds(50))
                }
                let out = try bench.ssh(machine, bench.user, "cat /etc/baked /etc/mine /etc/machine-id; ls /root").out
                #expect(out.hasPrefix("baked\n"))
                seen.insert(out)
            }
            #expect(seen.count == 2)
            try await store.delete(key)
            #expect(try await !store.list().contains { $0.key == key })
        }
    }
}

@Suite struct IncusPlacesTests {
    private let config = [
        "ipv4.address": "10.90.0.1/22", "ipv4.dhcp.ranges": "10.90.3.128-10.90.3.253",
        "user.sloop.public": "203.0.112.0/22",
    ]

    @Test func addressesAreThoseBelowTheRangeOfDHCP() throws {
        let places = try IncusPlaces(config, name: "sloopbr0", installation: "one")
        let all = (0..<places.count).compactMap { places.place(slot: $0)?.address }
        #expect(Set(all).count == 894 && all.contains("10.90.0.2") && all.contains("10.90.3.127"))
        #expect(places.place(slot: places.count) == nil && places.place(slot: -1) == nil)
        let other = try IncusPlaces(config, name: "sloopbr0", installation: "two")
        #expect(other.place(slot: 0) != places.place(slot: 0))
        #expect(places.publicAddress(of: "10.90.0.2") == "203.0.112.1")
        #expect(places.publicAddress(of: "10.90.3.127") == "203.0.115.126")
        #expect(places.hardwareAddress(of: "10.90.0.2") == "02:51:0a:5a:00:02")
    }

    @Test func withoutPublicAddressesAMachineHasItsOwn() throws {
        var config = config
        config["user.sloop.public"] = nil
        #expect(
            try IncusPlaces(config, name: "sloopbr0", installation: "one").publicAddress(of: "10.90.0.2") == "10.90.0.2"
        )
    }

    @Test func anIncusThatDoesNotAnswerIsSaidWithWhatToDo() async throws {
        let error = await #expect(throws: SloopError.self) {
            _ = try await IncusEngine(
                IncusServer(path: "/tmp/sloop-no-incus.socket"), installation: "x", patience: .milliseconds(50))
        }
        #expect(error?.code == .unreachable)
        #expect(error?.message.contains("/tmp/sloop-no-incus.socket") == true)
        #expect(error?.tip == "start it, or set it up: scripts/install-incus")
    }

    @Test func aNetworkWithoutARangeIsNamed() throws {
        let error = #expect(throws: SloopError.self) {
            _ = try IncusPlaces(["ipv4.address": "none"], name: "other", installation: "")
        }
        #expect(error?.message.contains("'other'") == true)
    }
}
