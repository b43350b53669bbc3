import Foundation
import Logging
import SloopEngine
import SloopModel
import SloopSSH
import SloopStore
import Testing

@testable import SloopProvisioner
@testable import SloopSaga

@Suite(.needsSandbox) struct SagaCrashTests {
    @Test func everySagaIsHere() {
        let tested: Set = [
            "create-instance", "create-instance.warm", "delete-instance", "start-instance", "stop-instance",
            "reboot-instance",
            "attach-static-ip", "detach-static-ip", "open-instance-public-ports", "close-instance-public-ports",
            "put-instance-public-ports", "restore-public-access", "rotate-instance-key", "run-launch-script",
            "build-image",
            // In StorageSagaTests.
            "create-disk", "create-disk-from-snapshot", "attach-disk", "detach-disk", "delete-disk",
            "create-instance-snapshot", "create-disk-snapshot", "copy-snapshot", "delete-instance-snapshot",
            "delete-disk-snapshot", "delete-auto-snapshot", "create-instances-from-snapshot",
            // In DomainSagaTests.
            "create-domain", "delete-domain", "create-domain-entry", "update-domain-entry", "delete-domain-entry",
            "rewrite-domain",
        ]
        #expect(Set(SagaKind.all.map(\.name)) == tested)
    }

    @Test func createInstance() async throws {
        try await endure(
            CreateInstance.saga,
            Case(
                accept: { try await $0.order(script: "echo once >> ~/runs").id },
                after: { rig, isDone, comment in
                    let row = try await rig.store.read { try $0.find(instance: "web") }
                    guard isDone else {
                        #expect(row == nil, comment)
                        #expect(try await rig.store.read { try $0.addressSlots() }.isEmpty, comment)
                        let bills = try await rig.store.read { try $0.bills(from: .distantPast, to: .distantFuture) }
                        #expect(bills.isEmpty, comment)
                        // The name is free again.
                        try await rig.make()
                        return
                    }
                    let instance = try #require(row, comment)
                    #expect(instance.state == .running, comment)
                    #expect(try await rig.opens(instance, rig.key), comment)
                    #expect(try await rig.shell(instance, "cat runs") == "once\n", comment)
                }))
    }

    @Test func claimAMachineThatIsKeptReady() async throws {
        try await endure(
            ClaimWarm.saga,
            Case(
                accept: { rig in
                    try await rig.keepReady()
                    return try await rig.order(script: "hostname >> ~/runs").id
                },
                after: { rig, isDone, comment in
                    #expect(try await rig.everything.of(.warm).read { try $0.instances() }.isEmpty, comment)
                    let row = try await rig.store.read { try $0.find(instance: "web") }
                    guard isDone else {
                        #expect(row == nil, comment)
                        #expect(try await rig.store.read { try $0.addressSlots() }.isEmpty, comment)
                        try await rig.make()
                        return
                    }
                    let instance = try #require(row, comment)
                    #expect(try await rig.opens(instance, rig.key), comment)
                    #expect(try await rig.shell(instance, "cat runs") == "web\n", comment)
                }))
    }

    @Test func deleteInstance() async throws {
        try await endure(
            DeleteInstance.saga,
            Case(
                accept: { rig in
                    try await rig.make()
                    return try await rig.instances.delete("web").id
                },
                after: { rig, isDone, comment in
                    if !isDone {
                        // It may be tried again.
                        try await rig.run(try await rig.instances.delete("web").id)
                    }
                    #expect(try await rig.store.read { try $0.instances() }.isEmpty, comment)
                    #expect(try await rig.engine.list().isEmpty, comment)
                    let bills = try await rig.store.read { try $0.bills(from: .distantPast, to: .distantFuture) }
                    #expect(bills.count == 1 && bills[0].until != nil, comment)
                }))
    }

    @Test func stopInstance() async throws {
        try await endure(
            StopInstance.saga,
            Case(
                accept: { rig in
                    try await rig.make()
                    return try await rig.instances.stop("web").id
                },
                after: { rig, isDone, comment in
                    let state = try await rig.store.read { try $0.instance(named: "web").state }
                    #expect(state == (isDone ? .stopped : .error), comment)
                }))
    }

    @Test func startInstance() async throws {
        try await endure(
            StartInstance.saga,
            Case(
                accept: { rig in
                    try await rig.make()
                    try await rig.run(try await rig.instances.stop("web").id)
                    return try await rig.instances.start("web").id
                },
                after: { rig, isDone, comment in
                    let instance = try await rig.store.read { try $0.instance(named: "web") }
                    #expect(instance.state == (isDone ? .running : .stopped), comment)
                    if isDone { #expect(try await rig.opens(instance, rig.key), comment) }
                }))
    }

    @Test(arguments: [RotationTarget.Proof.login, .query])
    func rotateTheKeyOfAUser(_ proof: RotationTarget.Proof) async throws {
        let new = SSHPrivateKey.ed25519(comment: "new")
        try await endure(
            RotateInstanceKey.saga,
            Case(
                accept: { rig in
                    try await rig.make()
                    switch proof {
                    case .login:
                        let offer = try await rig.offer(new)
                        _ = try await rig.rotations.start(offer: offer, keyPair: "laptop", instances: nil)
                    case .query:
                        _ = try await rig.rotations.start(
                            keyPair: "laptop", publicKey: new.publicKey.line, instances: nil)
                    }
                    return try #require(try await rig.store.read { try $0.unfinishedSagas() }.first).id
                },
                meanwhile: { rig, comment in
                    let instance = try await rig.store.read { try $0.instance(named: "web") }
                    try await mustNotBeLockedOut(rig, instance, new, comment)
                },
                after: { rig, isDone, comment in
                    let instance = try await rig.store.read { try $0.instance(named: "web") }
                    if !isDone {
                        try await mustNotBeLockedOut(rig, instance, new, comment)
                        try await retry(rig)
                    }
                    #expect(try await rig.opens(instance, new), comment)
                    #expect(try await !rig.opens(instance, rig.key), comment)
                    let (rotation, target, secret) = try await rig.store.read { tables in
                        let rotation = try #require(try tables.rotations(openOnly: false).first)
                        return (
                            rotation, try tables.target(rotation.id, instance.id),
                            try tables.secret(SecretName.rotation(rotation.id))
                        )
                    }
                    #expect(rotation.status == .done, comment)
                    #expect(target?.status == .done && target?.oldRefused == true && target?.proof == proof, comment)
                    #expect(secret == nil, comment)
                    let keys = try await rig.store.read { try $0.keys(of: instance.id, role: .user) }
                    #expect(keys.map(\.fingerprint) == [new.publicKey.fingerprint], comment)
                    #expect(keys.map(\.status) == [.current], comment)
                }))
    }

    @Test func rotateOurOwnKey() async throws {
        try await endure(
            RotateInstanceKey.saga,
            Case(
                accept: { rig in
                    try await rig.make()
                    _ = try await rig.rotations.startAccess(instances: nil)
                    return try #require(try await rig.store.read { try $0.unfinishedSagas() }.first).id
                },
                meanwhile: { rig, comment in
                    let instance = try await rig.store.read { try $0.instance(named: "web") }
                    #expect(try await rig.shell(instance, "echo in") == "in\n", "locked out: \(comment)")
                },
                after: { rig, isDone, comment in
                    if !isDone { try await retry(rig) }
                    let instance = try await rig.store.read { try $0.instance(named: "web") }
                    let (keys, current) = try await rig.store.read { tables in
                        (try tables.keys(of: instance.id, role: .access), try tables.currentAccessKey())
                    }
                    #expect(keys.map(\.fingerprint) == [current?.fingerprint], comment)
                    let file = try await rig.shell(instance, "cat /var/lib/sloop/keys/access")
                    #expect(file == (current?.publicKey ?? "") + "\n", comment)
                    #expect(try await rig.opens(instance, rig.key), comment)
                }))
    }

    @Test func runLaunchScript() async throws {
        try await endure(
            RunLaunchScript.saga,
            Case(
                accept: { rig in
                    try await rig.make()
                    return try await rig.launches.rerun(
                        "web", script: "#!/bin/sh\necho once >> ~/runs\nseq 100\nexit 3\n"
                    ).operation.id
                },
                after: { rig, isDone, comment in
                    let instance = try await rig.store.read { try $0.instance(named: "web") }
                    let run = try #require(try await rig.store.read { try $0.latestRun(of: instance.id) }, comment)
                    // However it was disturbed, the script ran no more than once.
                    #expect(try await rig.shell(instance, "sleep 0.2; cat runs") == "once\n", comment)
                    guard isDone else { return }
                    #expect(run.status == .failed && run.exitCode == 3, comment)
                    let log = try rig.world.logs.read(run.id, from: 0, limit: 1000)
                    #expect(String(decoding: log, as: UTF8.self) == (1...100).map { "\($0)\n" }.joined(), comment)
                }))
    }

    @Test func buildImage() async throws {
        let images = FakeImages()
        try await endure(
            BuildImage.saga,
            Case(
                images: { images },
                accept: { rig in
                    for image in try await images.list() { try await images.delete(image.key) }
                    return try await ImageService(world: try rig.heir(images).of(.default), desk: rig.desk).build(
                        "baked"
                    ).id
                },
                after: { rig, isDone, comment in
                    if !isDone {
                        // It may be tried again.
                        let again = try await ImageService(world: try rig.heir(images).of(.default), desk: rig.desk)
                            .build("baked")
                        let parameters = try await rig.parameters(again.id, as: BuildImage.Parameters.self)
                        _ = try await SagaRunner(log: StoreLog(store: rig.store, now: rig.world.now) { _ in }).run(
                            BuildImage.saga, id: again.id, parameters: parameters, in: try rig.heir(images))
                    }
                    let there = try await images.list().map(\.key.blueprint).sorted()
                    #expect(there == ["baked", "plain"], comment)
                    // Nothing is left of the work outside of the engine.
                    let work = try? FileManager.default.contentsOfDirectory(
                        atPath: rig.folder.appending(path: "images").path)
                    #expect(work ?? [] == [], comment)
                }))
    }

    @Test func rebootInstance() async throws {
        try await endure(
            RebootInstance.saga,
            Case(
                accept: { rig in
                    try await rig.make()
                    return try await rig.instances.reboot("web").id
                },
                after: { rig, isDone, comment in
                    guard !isDone else { return }
                    let state = try await rig.store.read { try $0.instance(named: "web").state }
                    #expect(state == .error, comment)
                }))
    }
}

/// The old key opens the machine until the new one is proven, and from then on the new one does.
private func mustNotBeLockedOut(
    _ rig: Rig, _ instance: Instance, _ new: SSHPrivateKey, _ comment: Comment
) async throws {
    let isProven = try await rig.store.read { try $0.openTargets(of: instance.id).first?.status != .pending }
    #expect(try await rig.opens(instance, isProven ? new : rig.key), "locked out: \(comment)")
}

extension Rig {
    /// What ``RotationService/offer(keyPair:)`` does, with a key that the test knows beforehand.
    fileprivate func offer(_ key: SSHPrivateKey) async throws -> RotationID {
        let rotation = KeyRotation(
            id: RotationID(), account: .default, keyPair: "laptop", status: .offered, newPublicKey: key.publicKey.line,
            newFingerprint: key.publicKey.fingerprint, createdAt: world.now())
        try await store.write { tables in
            try tables.insert(rotation)
            try tables.set(secret: SecretName.rotation(rotation.id), to: key.openSSH)
        }
        return rotation.id
    }
}

/// Takes up what was not done, as the reconciler does.
private func retry(_ rig: Rig) async throws {
    let now = rig.world.now()
    try await rig.store.write { tables in
        for target in try tables.openTargets() {
            guard let instance = try tables.find(target.instance) else { continue }
            try tables.begin(target, on: instance, at: now)
        }
    }
    for record in try await rig.store.read({ try $0.unfinishedSagas() }) { try await rig.run(record.id) }
}

extension Rig {
    /// Makes a machine that is handed out to whoever asks next.
    fileprivate func keepReady() async throws {
        let mine = world.of(.warm)
        let pool = WarmPool(
            [WarmKind("sandbox", 1)], catalog: catalog, world: mine,
            instances: InstanceService(
                world: mine, catalog: catalog, desk: desk, addresses: AddressPicker(world: world)),
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        await pool.round()
        let record = try #require(try await everything.read { try $0.unfinishedSagas() }.first)
        let kind = try #require(SagaKind.all.first { $0.name == record.kind })
        // The machine is none of the account's as which this rig sees the store.
        let runner = SagaRunner(log: StoreLog(store: everything, now: world.now) { _ in })
        _ = try await kind.run(runner, record, world)
    }
}
