import Foundation
import SloopModel
import Testing

@testable import SloopEngine

@Suite struct DoctorTests {
    private func state(_ name: String, _ health: EngineHealth) -> EngineHealth.Check.State? {
        health.checks.first { $0.name == name }?.state
    }

    @Test func aComputerWithoutAnythingLacksBothEnginesAndSaysHowToMendThat() async {
        let local = LocalDoctor(search: ["/nowhere"]).examine()
        #expect(!local.isUsable)
        #expect(local.checks.first { $0.name == "sshd" }?.mend == "apt-get install openssh-server")
        let incus = await IncusDoctor(socket: "/nowhere/socket", search: ["/nowhere"], sysctl: "/nowhere").examine()
        #expect(!incus.isUsable)
        #expect(incus.checks.map(\.name) == ["socket", "forwarding", "mmdebstrap", "mksquashfs"])
        #expect(incus.checks.allSatisfy { $0.state == .missing && $0.mend?.isEmpty == false })
    }

    @Test(.timeLimit(.minutes(1))) func aSocketWithoutAnyoneBehindItIsNotWaitedForLong() async throws {
        let path = "/tmp/sloop-doctor-\(UUID().uuidString.prefix(13))"
        try Data().write(to: URL(filePath: path))
        defer { try? FileManager.default.removeItem(atPath: path) }
        let health = await IncusDoctor(socket: path, patience: .milliseconds(200)).examine()
        #expect(state("permission", health) == .ok && state("daemon", health) == .missing && !health.isUsable)
    }

    @Test func aPoolThatCopiesIsSlowAndNoObstacle() {
        let doctor = IncusDoctor()
        #expect(doctor.pool(nil).state == .missing)
        for driver in ["btrfs", "zfs"] { #expect(doctor.pool(IncusPool(driver: driver, config: [:])).state == .ok) }
        #expect(doctor.pool(IncusPool(driver: "dir", config: [:])).state == .slow)
        #expect(doctor.pool(IncusPool(driver: "lvm", config: [:])).state == .ok)
        #expect(doctor.pool(IncusPool(driver: "lvm", config: ["lvm.use_thinpool": "false"])).state == .slow)
    }

    @Test func aBridgeNeedsARangeAndMayHavePublicAddresses() {
        let doctor = IncusDoctor()
        func states(_ config: [String: String]) -> [EngineHealth.Check.State] {
            doctor.bridge(IncusNetwork(config: config)).map(\.state)
        }
        #expect(doctor.bridge(nil).map(\.state) == [.missing])
        #expect(states(["ipv4.address": "none"]) == [.missing])
        #expect(states(["ipv4.address": "10.90.0.1/22"]) == [.ok, .missing])
        #expect(states(["ipv4.address": "10.90.0.1/22", "user.sloop.public": "10.91.0.0/22"]) == [.ok, .ok])
        // Machines without public addresses can be had.
        let health = EngineHealth(
            engine: "incus", checks: doctor.bridge(IncusNetwork(config: ["ipv4.address": "10.90.0.1/22"])))
        #expect(health.isUsable)
    }

    @Test(.needsSandbox) func whatTheLocalEngineNeedsIsFoundHere() {
        let health = LocalDoctor().examine()
        #expect(health.isUsable, "\(health)")
    }

    @Test(.enabled(if: IncusServer.standard.isThere, "no Incus here; set it up: scripts/install-incus"))
    func whatTheIncusEngineNeedsIsFoundHere() async {
        // Other tests keep all threads busy.
        let health = await IncusDoctor(patience: .seconds(60)).examine()
        #expect(health.isUsable, "\(health)")
        #expect(state("version", health) == .ok && state("pool 'sloop'", health) == .ok)
    }
}
