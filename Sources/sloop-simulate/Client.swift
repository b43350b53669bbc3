import SloopModel
import SloopProvisioner
import SloopSSH

/// Somebody who uses Sloop without knowing of the others: each call may be refused, and must then say why.
struct Client {
    static let pairs = ["laptop", "desk"]
    private static let instances = ["web", "db", "app"]
    private static let disks = ["data", "more"]
    private static let snapshots = ["before", "after"]
    private static let addresses = ["front", "back"]
    private static let domains = ["example.com", "example.net"]
    static let blueprint = "debian-12"

    let run: Run
    let number: Int
    private var random: SeededRandom { run.random }
    private var instance: String { random.pick(Client.instances) }
    private var disk: String { random.pick(Client.disks) }
    private var snapshot: String { random.pick(Client.snapshots) }
    private var address: String { random.pick(Client.addresses) }
    private var domain: String { random.pick(Client.domains) }
    private var pair: String { random.pick(Client.pairs) }

    func live(_ actions: Int) async {
        for _ in 0..<actions {
            await run.loop.sleep(random.milliseconds(0...4000))
            let services = await run.upServer().services
            let (name, action) = choose()
            run.trace.note("client \(number): \(name)")
            do {
                let operations = try await action(services)
                guard random.chance(0.6), let last = operations.last else { continue }
                _ = try await services.operations.waitForEnd(last.id, upTo: .seconds(30))
            } catch is CancellationError {
                // The server died.
            } catch let error as SloopError where Client.ordinary.contains(error.code) {
                run.trace.note("client \(number): \(error.code): \(error.message.prefix(60))")
            } catch {
                run.fail("client \(number), \(name): \(error)")
            }
        }
    }

    /// What a call may be refused for.
    private static let ordinary: Set<SloopError.Code> = [
        .invalidInput, .notFound, .nameExists, .busy, .wrongState, .operationFailed,
    ]

    private typealias Action = @Sendable (AccountServices) async throws -> [SloopModel.Operation]

    private func choose() -> (name: String, action: Action) {
        let (instance, disk, snapshot, address, pair) = (instance, disk, snapshot, address, pair)
        let hasScript = random.chance(0.4)
        switch random.below(36) {
        case 0...4:
            return (
                "create \(instance)",
                {
                    try await $0.instances.create(
                        .init(
                            names: [instance], blueprint: Client.blueprint, bundle: "nano", keyPair: pair,
                            script: hasScript ? "work" : nil))
                }
            )
        case 5, 6: return ("delete \(instance)", { [try await $0.instances.delete(instance)] })
        case 7: return ("stop \(instance)", { [try await $0.instances.stop(instance)] })
        case 8: return ("start \(instance)", { [try await $0.instances.start(instance)] })
        case 9: return ("reboot \(instance)", { [try await $0.instances.reboot(instance)] })
        case 10, 11: return ("rotate \(pair)", { try await rotate($0, pair) })
        case 12: return ("rotate \(pair) to a key of his own", { try await rotateToOwn($0, pair, instance) })
        case 13:
            return (
                "rotate sloop's own key",
                {
                    _ = try await $0.rotations.startAccess(instances: nil)
                    return []
                }
            )
        case 14: return ("rerun \(instance)", { [try await $0.launches.rerun(instance, script: "again").operation] })
        case 15: return ("create disk \(disk)", { [try await $0.disks.create(.init(name: disk, sizeGB: 8))] })
        case 16: return ("attach \(disk)", { try await $0.disks.attach(disk, to: instance, path: "/dev/xvdf") })
        case 17: return ("detach \(disk)", { try await $0.disks.detach(disk) })
        case 18: return ("delete disk \(disk)", { [try await $0.disks.delete(disk)] })
        case 19:
            return ("snapshot \(instance)", { try await $0.snapshots.create(snapshot, ofInstance: instance) })
        case 20:
            let isOfDisk = random.chance(0.5)
            let copy = Client.snapshots.first { $0 != snapshot } ?? ""
            return (
                "snapshot or copy",
                {
                    isOfDisk
                        ? try await $0.snapshots.create(snapshot, ofDisk: disk)
                        : [try await $0.snapshots.copy(.named(snapshot), to: copy, details: "")]
                }
            )
        case 21: return ("delete snapshot \(snapshot)", { [try await $0.snapshots.delete(snapshot)] })
        case 22:
            let isInstance = random.chance(0.6)
            return (
                "restore \(snapshot)",
                {
                    if !isInstance {
                        return [try await $0.disks.create(.init(name: disk, sizeGB: 16), from: .named(snapshot))]
                    }
                    return try await $0.instances.create(
                        .init(names: [instance], blueprint: "", bundle: "nano", snapshot: .named(snapshot)))
                }
            )
        case 23: return ("take \(address)", { [try await $0.staticAddresses.allocate(address)] })
        case 24:
            let isFirst = random.chance(0.6)
            let isRelease = random.chance(0.4)
            return (
                "move \(address)",
                {
                    if isFirst { return try await $0.staticAddresses.attach(address, to: instance) }
                    if isRelease { return [try await $0.staticAddresses.release(address)] }
                    return try await $0.staticAddresses.detach(address)
                }
            )
        case 26...31: return choosePartOf(domain)
        case 32: return ("build image", { [try await $0.images.build(Client.blueprint)] })
        case 33:
            return (
                "delete image",
                {
                    _ = try await $0.images.delete(Client.blueprint)
                    return []
                }
            )
        case 34:
            return (
                "watch \(instance)",
                {
                    [
                        try await $0.alarms.put(
                            .init(
                                name: "busy", instance: instance, metric: .cpuUtilization,
                                comparison: .greaterThanThreshold, threshold: 50, evaluationPeriods: 1))
                    ]
                }
            )
        default:
            let port = 8000 + random.below(3)
            let isOpening = random.chance(0.6)
            return (
                "ports of \(instance)",
                {
                    let rule = PortRule.tcp(port)
                    return [
                        isOpening
                            ? try await $0.firewall.open(rule, of: instance)
                            : try await $0.firewall.close(rule, of: instance)
                    ]
                }
            )
        }
    }

    private func choosePartOf(_ domain: String) -> (name: String, action: Action) {
        let entry = DomainService.Entry(
            name: "\(random.pick(["www", "mail"])).\(domain)", type: "A", target: "192.0.2.\(random.below(3))")
        switch random.below(6) {
        case 0, 1: return ("serve \(domain)", { [try await $0.domains.create(domain)] })
        case 2: return ("serve \(domain) no more", { [try await $0.domains.delete(domain)] })
        case 3: return ("change a record of \(domain)", { [try await $0.domains.updateEntry(entry, in: domain)] })
        case 4: return ("take a record from \(domain)", { [try await $0.domains.deleteEntry(entry, in: domain)] })
        default: return ("add a record to \(domain)", { [try await $0.domains.createEntry(entry, in: domain)] })
        }
    }

    private func rotate(_ services: AccountServices, _ pair: String) async throws -> [SloopModel.Operation] {
        try await services.rotate(pair, run)
        return []
    }

    private func rotateToOwn(
        _ services: AccountServices, _ pair: String, _ instance: String
    ) async throws -> [SloopModel.Operation] {
        let isOne = random.chance(0.3)
        let key = run.wallet.make("own")
        _ = try await services.rotations.start(keyPair: pair, publicKey: key, instances: isOne ? [instance] : nil)
        return []
    }
}

extension Wallet {
    func save(_ privateKey: String) throws { add(try SSHPrivateKey(parsing: privateKey).publicKey.bareLine) }

    /// Makes a key, keeps it, and gives its public line.
    func make(_ comment: String) -> String {
        let key = SSHPrivateKey.ed25519(comment: comment).publicKey
        add(key.bareLine)
        return key.line
    }
}
