import Foundation
import SloopEngine
import SloopModel
import Synchronization
import Testing

/// What every engine must do. Whoever adds an engine calls each function with a bench over it.
struct EngineBench {
    let engine: any Engine
    /// Another object over the same machines, as after a restart of the server.
    let reopened: () async throws -> any Engine
    /// For keys and known hosts.
    let folder: URL
    /// The machines' user, and the image that they are cloned from, if the engine has images.
    let username: String
    let image: String?
    let user: KeyFile
    let access: KeyFile
    let host: KeyFile
    let authority: KeyFile

    init(
        _ engine: any Engine, folder: URL, username: String = "sloop", image: String? = nil,
        reopened: @escaping () async throws -> any Engine
    ) throws {
        self.engine = engine
        self.username = username
        self.image = image
        self.reopened = reopened
        self.folder = folder
        user = try KeyFile(in: folder, "user")
        access = try KeyFile(in: folder, "access")
        host = try KeyFile(in: folder, "host")
        authority = try KeyFile(in: folder, "authority")
    }

    /// What is needed for a machine at the so-manieth free place, which is not made yet. No other test gets that place.
    func order(_ number: Int, service: String? = nil) async throws -> MachineSpec {
        var left = number
        var slot = 0
        while true {
            let place = try #require(engine.place(slot: slot))
            if take(place), try await engine.isFree(place) {
                if left == 0 { return try order(number, at: place, service) }
                left -= 1
            }
            slot += 1
        }
    }

    /// Which test has a place, by its folder: those beside each other would find the same one free.
    private static let takers = Mutex([MachinePlace: URL]())

    /// Whether the place is this test's from now on.
    private func take(_ place: MachinePlace) -> Bool {
        EngineBench.takers.withLock { takers in
            if takers[place] == nil { takers[place] = folder }
            return takers[place] == folder
        }
    }

    /// Leaves its places, and those of benches in its folder, to other tests.
    func leavePlaces() {
        EngineBench.takers.withLock { takers in
            takers = takers.filter { !$0.value.path.hasPrefix(folder.path) }
        }
    }

    private func order(_ number: Int, at place: MachinePlace, _ service: String?) throws -> MachineSpec {
        return MachineSpec(
            id: InstanceID(), hostName: "machine-\(number)", image: image, place: place,
            publicAddress: engine.publicAddress(of: place), ports: [.tcp(22), .tcp(80)], username: username,
            hostKeyPrivate: host.privateText, hostKeyPublic: host.publicLine, authorizedKeys: [user.publicLine],
            accessKeys: [access.publicLine], certificateAuthority: authority.publicLine, service: service, vcpus: 2,
            memoryMB: 512, diskGB: 20)
    }

    /// Makes and starts a machine, and waits until it lets the user in.
    func make(_ slot: Int, service: String? = nil) async throws -> MachineSpec {
        let machine = try await order(slot, service: service)
        try await engine.create(machine)
        try await engine.start(machine.id)
        try await waitForLogin(machine)
        return machine
    }

    func waitForLogin(_ machine: MachineSpec) async throws {
        try await waitUntil("it lets the user in") { try ssh(machine, user, "true").code == 0 }
    }

    func waitUntil(_ what: String, _ holds: () async throws -> Bool) async throws {
        let end = ContinuousClock.now + .seconds(30)
        while try await !holds() {
            try #require(ContinuousClock.now < end, "not within 30 s: \(what)")
            try await Task.sleep(for: .milliseconds(20))
        }
    }

    /// Plain ssh with the host key pinned.
    func ssh(
        _ machine: MachineSpec, _ key: KeyFile, _ command: String, certificate: String? = nil, at address: String? = nil
    ) throws -> Run {
        let hosts = folder.appending(path: "known-\(UUID().uuidString)").path
        let host = address ?? machine.place.address
        let name = machine.place.port == 22 ? host : "[\(host)]:\(machine.place.port)"
        let words = machine.hostKeyPublic.split(separator: " ")
        try Data("\(name) \(words[0]) \(words[1])\n".utf8).write(to: URL(filePath: hosts))
        let extra = certificate.map { "CertificateFile=\($0)" } ?? "ConnectTimeout=20"
        return try run(
            "ssh", "-F", "/dev/null", "-o", "BatchMode=yes", "-o", "IdentitiesOnly=yes", "-o", "IdentityAgent=none",
            "-o",
            "StrictHostKeyChecking=yes", "-o", "UserKnownHostsFile=\(hosts)", "-o", extra, "-i", key.path, "-p",
            "\(machine.place.port)", "\(username)@\(host)", command)
    }
}

extension EngineBench {
    func everyCallMayBeRepeated() async throws {
        let machine = try await order(0)
        try await engine.create(machine)
        try await engine.create(machine)
        #expect(try await engine.list() == [machine.id: .stopped])
        try await engine.start(machine.id)
        try await engine.start(machine.id)
        #expect(try await engine.list() == [machine.id: .running])
        try await waitForLogin(machine)
        try await engine.stop(machine.id)
        try await engine.stop(machine.id)
        #expect(try await engine.list() == [machine.id: .stopped])
        try await engine.delete(machine.id)
        try await engine.delete(machine.id)
        #expect(try await engine.list().isEmpty)
    }

    func theKeysThatWerePlantedOpenTheMachine() async throws {
        let machine = try await make(0)
        #expect(try ssh(machine, user, "hostname; id -un").out == "machine-0\n\(username)\n")
        #expect(try ssh(machine, access, "echo in").out == "in\n")
        #expect(try ssh(machine, user, "echo in", at: machine.publicAddress).out == "in\n")
        #expect(try ssh(machine, host, "echo in").code != 0)
        let guest = try KeyFile(in: folder, "guest")
        try run(
            "ssh-keygen", "-q", "-s", authority.path, "-I", "guest", "-n", username, "-V", "+5m", guest.path + ".pub")
        #expect(try ssh(machine, guest, "echo in", certificate: guest.path + "-cert.pub").out == "in\n")
        try await engine.delete(machine.id)
    }

    func aStoppedMachineAnswersNothingAndKeepsItsFiles() async throws {
        let machine = try await make(0)
        #expect(try ssh(machine, user, "echo kept > file; echo own > /var/lib/sloop/launch/file").code == 0)
        try await engine.stop(machine.id)
        #expect(try ssh(machine, user, "true").code != 0)
        try await engine.start(machine.id)
        try await waitForLogin(machine)
        #expect(try ssh(machine, user, "cat file /var/lib/sloop/launch/file").out == "kept\nown\n")
        try await engine.delete(machine.id)
    }

    func aMachineThatIsNotThereIsNotFound() async throws {
        for call in [engine.start, engine.stop] {
            let error = await #expect(throws: SloopError.self) { try await call(InstanceID()) }
            #expect(error?.code == .notFound)
        }
        try await engine.delete(InstanceID())
    }

    func machinesOutliveTheServer() async throws {
        let machine = try await make(0)
        let next = try await reopened()
        #expect(try await next.list() == [machine.id: .running])
        #expect(try ssh(machine, user, "echo in").out == "in\n")
        try await next.stop(machine.id)
        #expect(try await engine.list() == [machine.id: .stopped])
        try await next.delete(machine.id)
        #expect(try await engine.list().isEmpty)
    }

    func theServiceRunsAtEachStart() async throws {
        let machine = try await make(0, service: "#!/bin/sh\necho \"$SLOOP_INSTANCE $SLOOP_ADDRESS\" >> ~/starts\n")
        try await engine.stop(machine.id)
        try await engine.start(machine.id)
        try await waitForLogin(machine)
        let line = "machine-0 \(machine.place.address)\n"
        let end = ContinuousClock.now + .seconds(20)
        while try ssh(machine, user, "cat starts").out != line + line {
            try #require(ContinuousClock.now < end, "the service did not run twice")
            try await Task.sleep(for: .milliseconds(20))
        }
        try await engine.delete(machine.id)
    }

    func aMachineIsRenamedWhileItRunsAndStaysSo() async throws {
        let machine = try await make(0)
        // The second call is that of a server that did not live to record the first.
        for _ in 0..<2 { try await engine.rename(machine.id, to: "other") }
        try await waitForLogin(machine)
        let names = "hostname; cat /etc/hostname; getent hosts other | cut -d' ' -f1; echo $SLOOP_INSTANCE"
        #expect(try ssh(machine, user, names).out == "other\nother\n\(machine.place.address)\nother\n")
        try await engine.stop(machine.id)
        try await engine.start(machine.id)
        try await waitForLogin(machine)
        #expect(try ssh(machine, user, names).out == "other\nother\n\(machine.place.address)\nother\n")
        try await engine.delete(machine.id)
    }

    func whatReachesAMachineIsSeen() async throws {
        let machine = try await order(0)
        try await engine.create(machine)
        var access = PublicAccess(machine)
        #expect(try await engine.reach()?.isOtherwise(than: access) != true)
        access.rules = [.tcp(8443), PortRule(fromPort: 53, toPort: 60, protocol: .udp)]
        // An engine that keeps no rules has nothing that could be otherwise.
        let keepsRules = (try? engine.check(access.rules)) != nil
        #expect(try await engine.reach()?.isOtherwise(than: access) == (keepsRules ? true : nil))
        guard keepsRules else { return }
        try await engine.setPublicAccess(access)
        #expect(try await engine.reach()?.isOtherwise(than: access) == false)
        try await engine.delete(machine.id)
        #expect(try await engine.reach()?.isOtherwise(than: access) == true)
    }

    func manyAreMadeAtOnce() async throws {
        var orders: [MachineSpec] = []
        for number in 0..<16 { orders.append(try await order(number)) }
        try await withThrowingTaskGroup { group in
            for machine in orders {
                group.addTask { [engine] in
                    try await engine.create(machine)
                    try await engine.start(machine.id)
                }
            }
            try await group.waitForAll()
        }
        #expect(try await engine.list().values.filter { $0 == .running }.count == 16)
        for machine in orders {
            try await waitForLogin(machine)
            #expect(try ssh(machine, user, "hostname").out == "\(machine.hostName)\n")
        }
        for machine in orders { try await engine.delete(machine.id) }
    }
}

extension Engine {
    /// Whether nobody has that place.
    func isFree(_ place: MachinePlace) async throws -> Bool { try await free(among: [place]).contains(place) }
}
