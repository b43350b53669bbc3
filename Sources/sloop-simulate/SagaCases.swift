import SloopModel
import SloopProvisioner

/// A saga to be disturbed: what must be there before, and the call that begins it.
struct SagaCase: Sendable {
    typealias Work = @Sendable (Run, AccountServices) async throws -> Void
    let name: String
    var prepare: Work = { _, _ in }
    /// Whether machines are kept ready.
    var isWarm = false
    let act: Work

    /// The saga's, which the rest of the name says more of.
    var kind: String { String(name.prefix { $0 != "," }) }

    static let all: [SagaCase] =
        instances + rotations + disks + snapshots + addresses + domains + others

    private static let instances = [
        SagaCase(name: "create-instance") { _, its in try await its.make("web", script: "work") },
        SagaCase(name: "delete-instance", prepare: web) { _, its in _ = try await its.instances.delete("web") },
        SagaCase(name: "stop-instance", prepare: web) { _, its in _ = try await its.instances.stop("web") },
        SagaCase(name: "start-instance", prepare: stopped) { _, its in _ = try await its.instances.start("web") },
        SagaCase(name: "reboot-instance", prepare: web) { _, its in _ = try await its.instances.reboot("web") },
        SagaCase(name: "run-launch-script", prepare: web) { _, its in
            _ = try await its.launches.rerun("web", script: "work")
        },
    ]

    private static let rotations = [
        SagaCase(name: "rotate-instance-key, by login", prepare: web) { run, its in try await its.rotate("laptop", run)
        },
        SagaCase(name: "rotate-instance-key, by query", prepare: web) { run, its in
            let key = run.wallet.make("own")
            _ = try await its.rotations.start(keyPair: "laptop", publicKey: key, instances: nil)
        },
        SagaCase(name: "rotate-instance-key, our own", prepare: web) { _, its in
            _ = try await its.rotations.startAccess(instances: nil)
        },
    ]

    private static let disks = [
        SagaCase(name: "create-disk") { _, its in _ = try await its.disks.create(.init(name: "data", sizeGB: 8)) },
        SagaCase(name: "create-disk-from-snapshot", prepare: diskSnapshot) { _, its in
            _ = try await its.disks.create(.init(name: "copy", sizeGB: 8), from: .named("then"))
        },
        SagaCase(
            name: "attach-disk",
            prepare: { run, its in
                try await web(run, its)
                try await disk(run, its)
            }
        ) { _, its in _ = try await its.disks.attach("data", to: "web", path: "/dev/xvdf") },
        SagaCase(
            name: "detach-disk",
            prepare: { run, its in
                try await attached(run, its)
                try await its.ended(its.instances.stop("web"))
            }
        ) { _, its in _ = try await its.disks.detach("data") },
        SagaCase(name: "delete-disk", prepare: disk) { _, its in _ = try await its.disks.delete("data") },
        SagaCase(name: "delete-instance, with a disk", prepare: attached) { _, its in
            _ = try await its.instances.delete("web")
        },
    ]

    private static let snapshots = [
        SagaCase(name: "create-instance-snapshot", prepare: web) { _, its in
            _ = try await its.snapshots.create("then", ofInstance: "web")
        },
        SagaCase(name: "create-disk-snapshot", prepare: disk) { _, its in
            _ = try await its.snapshots.create("then", ofDisk: "data")
        },
        SagaCase(name: "copy-snapshot", prepare: webSnapshot) { _, its in
            _ = try await its.snapshots.copy(.named("then"), to: "copy", details: "")
        },
        SagaCase(name: "delete-instance-snapshot", prepare: webSnapshot) { _, its in
            _ = try await its.snapshots.delete("then")
        },
        SagaCase(name: "delete-disk-snapshot", prepare: diskSnapshot) { _, its in
            _ = try await its.snapshots.delete("then")
        },
        SagaCase(name: "delete-auto-snapshot", prepare: automatic) { _, its in
            guard let day = try await its.addOns.automatic(of: "web").snapshots.first?.day else {
                throw Violation("there is no automatic snapshot")
            }
            _ = try await its.addOns.deleteAutomatic(of: "web", day: day)
        },
        SagaCase(
            name: "create-instances-from-snapshot",
            prepare: { run, its in
                try await webSnapshot(run, its)
                // The old key comes back with the snapshot.
                try await its.rotate("laptop", run)
            }
        ) { _, its in
            _ = try await its.instances.create(
                .init(names: ["again"], blueprint: "", bundle: "nano", snapshot: .named("then")))
        },
    ]

    private static let addresses = [
        SagaCase(name: "attach-static-ip", prepare: address) { _, its in
            _ = try await its.staticAddresses.attach("front", to: "web")
        },
        SagaCase(name: "attach-static-ip, from another", prepare: moved) { _, its in
            _ = try await its.staticAddresses.attach("front", to: "db")
        },
        SagaCase(name: "detach-static-ip", prepare: moved) { _, its in
            _ = try await its.staticAddresses.detach("front")
        },
        SagaCase(name: "open-instance-public-ports", prepare: web) { _, its in
            _ = try await its.firewall.open(.tcp(8080), of: "web")
        },
        SagaCase(name: "close-instance-public-ports", prepare: web) { _, its in
            _ = try await its.firewall.close(.tcp(22), of: "web")
        },
        SagaCase(name: "put-instance-public-ports", prepare: web) { _, its in
            _ = try await its.firewall.put([.tcp(22), .tcp(8080)], of: "web")
        },
    ]

    private static let domains = [
        SagaCase(name: "create-domain") { _, its in _ = try await its.domains.create("example.com") },
        SagaCase(name: "delete-domain", prepare: domain) { _, its in _ = try await its.domains.delete("example.com") },
        SagaCase(name: "create-domain-entry", prepare: domain) { _, its in
            _ = try await its.domains.createEntry(.address("mail", 2), in: "example.com")
        },
        SagaCase(name: "update-domain-entry", prepare: domain) { _, its in
            _ = try await its.domains.updateEntry(.address("www", 2), in: "example.com")
        },
        SagaCase(name: "delete-domain-entry", prepare: domain) { _, its in
            _ = try await its.domains.deleteEntry(.address("www", 1), in: "example.com")
        },
        SagaCase(name: "rewrite-domain", prepare: domain) { run, _ in
            run.site.zones = [:]
            // The DNS server is asked twice a minute.
            await run.loop.sleep(.seconds(31))
        },
    ]

    private static let others = [
        SagaCase(name: "build-image") { _, its in _ = try await its.images.build(Client.blueprint) },
        SagaCase(name: "create-instance, with its image", prepare: { run, _ in run.site.images = [:] }) { _, its in
            try await its.make("web")
        },
        SagaCase(
            name: "create-instance.warm",
            prepare: { run, _ in
                for _ in 0..<100 {
                    if try await run.upServer().provisioner.warmStock().contains(where: { $0.ready > 0 }) { return }
                    await run.loop.sleep(.seconds(1))
                }
                throw Violation("no machine is ready")
            }, isWarm: true
        ) { _, its in try await its.make("web") },
        SagaCase(name: "restore-public-access", prepare: web) { run, _ in
            run.site.network = [:]
            // Two looks, and the work.
            await run.loop.sleep(.seconds(11))
        },
    ]

    // MARK: What must be there before

    private static let web: Work = { _, its in try await its.make("web") }
    private static let stopped: Work = { _, its in
        try await its.make("web")
        try await its.ended(its.instances.stop("web"))
    }
    private static let disk: Work = { _, its in try await its.ended(its.disks.create(.init(name: "data", sizeGB: 8))) }
    private static let attached: Work = { run, its in
        try await web(run, its)
        try await disk(run, its)
        try await its.ended(its.disks.attach("data", to: "web", path: "/dev/xvdf")[0])
    }
    private static let diskSnapshot: Work = { run, its in
        try await disk(run, its)
        try await its.ended(its.snapshots.create("then", ofDisk: "data")[0])
    }
    private static let webSnapshot: Work = { run, its in
        try await web(run, its)
        try await its.ended(its.snapshots.create("then", ofInstance: "web")[0])
    }
    private static let automatic: Work = { run, its in
        try await web(run, its)
        // A run begins ten seconds before midnight.
        _ = try await its.addOns.enable("web", hour: 0)
        await run.loop.sleep(.seconds(20))
    }
    private static let domain: Work = { _, its in
        _ = try await its.domains.create("example.com")
        _ = try await its.domains.createEntry(.address("www", 1), in: "example.com")
    }
    private static let address: Work = { run, its in
        try await web(run, its)
        _ = try await its.staticAddresses.allocate("front")
    }
    private static let moved: Work = { run, its in
        try await address(run, its)
        try await its.make("db")
        _ = try await its.staticAddresses.attach("front", to: "web")
    }
}

extension DomainService.Entry {
    fileprivate static func address(_ name: String, _ number: Int) -> DomainService.Entry {
        .init(name: "\(name).example.com", type: "A", target: "192.0.2.\(number)")
    }
}

extension AccountServices {
    func make(_ name: String, script: String? = nil) async throws {
        let made = try await instances.create(
            .init(names: [name], blueprint: Client.blueprint, bundle: "nano", keyPair: "laptop", script: script))
        try await ended(made[0])
    }

    /// Saves the new key before anything is changed, as the command line does.
    func rotate(_ pair: String, _ run: Run) async throws {
        let offer = try await rotations.offer(keyPair: pair)
        try run.wallet.save(offer.privateKey)
        _ = try await rotations.start(offer: offer.rotation.id, keyPair: pair, instances: nil)
    }

    func ended(_ operation: SloopModel.Operation) async throws {
        _ = try await operations.waitForEnd(operation.id, upTo: .seconds(60))
    }
}
