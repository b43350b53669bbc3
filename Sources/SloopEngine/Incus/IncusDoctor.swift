import Foundation
package import SloopModel

/// Finds out what the Incus engine lacks on this computer; changes nothing.
package struct IncusDoctor: Sendable {
    private typealias Check = EngineHealth.Check

    let socket: String
    let settings: IncusEngine.Settings
    let search: [String]
    let sysctl: String
    let patience: Duration
    private static let setUp = "scripts/install-incus"

    /// - Parameters:
    ///   - search: the folders that programs are looked for in.
    ///   - sysctl: the folder of the kernel's settings.
    ///   - patience: for all that is asked of Incus together.
    package init(
        socket: String = IncusServer.standard.name, settings: IncusEngine.Settings = .init(),
        search: [String] = SandboxTools.standardSearch, sysctl: String = "/proc/sys",
        patience: Duration = .seconds(2)
    ) {
        self.socket = socket
        self.settings = settings
        self.search = search
        self.sysctl = sysctl
        self.patience = patience
    }

    package func examine() async -> EngineHealth {
        EngineHealth(engine: "incus", checks: await daemon() + [forwarding()] + tools())
    }

    // MARK: The daemon

    private func daemon() async -> [Check] {
        guard access(socket, F_OK) == 0 else {
            let mayBeHidden = errno == EACCES
            return [
                Check(
                    "socket", .missing, detail: "\(socket) \(mayBeHidden ? "cannot be seen" : "is not there")",
                    mend: mayBeHidden ? IncusDoctor.join : IncusDoctor.setUp)
            ]
        }
        var checks = [Check("socket", .ok, detail: socket)]
        guard access(socket, R_OK | W_OK) == 0 else {
            return checks + [
                Check("permission", .missing, detail: "this user may not use the socket", mend: IncusDoctor.join)
            ]
        }
        checks.append(Check("permission", .ok, detail: "this user may use the socket"))
        do {
            return checks + (try await within(patience) { try await answers() })
        } catch {
            let why = (error as? SloopError)?.message ?? "Incus does not answer in time"
            return checks + [Check("daemon", .missing, detail: why, mend: IncusDoctor.setUp)]
        }
    }

    private static let join = "usermod -aG incus-admin $USER"

    private func answers() async throws -> [Check] {
        let client = IncusClient(IncusServer(path: socket), patience: patience)
        let server: IncusAbout = try await client.get("/1.0")
        let pool: IncusPool? = try await ifThere { try await client.get("/1.0/storage-pools/\(settings.pool)") }
        let network: IncusNetwork? = try await ifThere { try await client.get("/1.0/networks/\(settings.network)") }
        return [IncusDoctor.version(server), self.pool(pool)] + bridge(network)
            + [IncusDoctor.sources(server), IncusDoctor.virtual(server)]
    }

    private static func version(_ server: IncusAbout) -> Check {
        let text = server.environment?.server_version ?? "unknown"
        let isEnough = text.split(separator: ".").first.flatMap { Int($0) }.map { $0 >= 6 } ?? false
        return isEnough
            ? Check("version", .ok, detail: text)
            : Check("version", .missing, detail: "\(text); 6.0 or later is needed", mend: setUp)
    }

    static func sources(_ server: IncusAbout) -> EngineHealth.Check {
        let name = "ports for some"
        guard let obstacle = IncusEngine.obstacleToSources(server) else {
            return Check(name, .ok, isRequired: false, detail: "ports can be opened to some addresses alone")
        }
        return Check(
            name, .missing, isRequired: false, detail: "ports are open to everybody or to nobody: \(obstacle)",
            mend: "apt-get install nftables, and restart Incus")
    }

    static func virtual(_ server: IncusAbout) -> EngineHealth.Check {
        let can = server.environment?.hasVirtualMachines == true
        return can
            ? Check("virtual machines", .ok, isRequired: false, detail: "can be made")
            : Check(
                "virtual machines", .missing, isRequired: false,
                detail: "only containers can be made: /dev/kvm or qemu is missing",
                mend: "apt-get install qemu-system, on a computer with /dev/kvm")
    }

    func pool(_ pool: IncusPool?) -> EngineHealth.Check {
        let name = "pool '\(settings.pool)'"
        guard let pool else { return Check(name, .missing, detail: "not there", mend: IncusDoctor.setUp) }
        if BtrfsQuotas.areLost(in: settings.pool) {
            return Check(
                name, .slow, detail: "btrfs has stopped to count: machines can write more than their plans' disks",
                mend: "btrfs quota rescan \(BtrfsQuotas.mountPoint(of: settings.pool))")
        }
        if pool.isCopyOnWrite { return Check(name, .ok, detail: "\(pool.driver), which clones at once") }
        return Check(
            name, .slow, detail: "\(pool.driver) copies every file of an image for each machine",
            mend: "incus storage delete \(settings.pool) && \(IncusDoctor.setUp)")
    }

    func bridge(_ network: IncusNetwork?) -> [EngineHealth.Check] {
        let name = "bridge '\(settings.network)'"
        guard let network else { return [Check(name, .missing, detail: "not there", mend: IncusDoctor.setUp)] }
        guard let address = network.config["ipv4.address"],
            (try? IncusPlaces(network.config, name: name, installation: "")) != nil
        else {
            return [
                Check(
                    name, .missing, detail: "has no IPv4 range",
                    mend: "incus network set \(settings.network) ipv4.address auto")
            ]
        }
        let range = network.config["user.sloop.public"]
        return [
            Check(name, .ok, detail: address),
            range.map { Check("public addresses", .ok, isRequired: false, detail: $0) }
                ?? Check(
                    "public addresses", .missing, isRequired: false,
                    detail: "machines have only the bridge's own addresses, with every port open",
                    mend: IncusDoctor.setUp),
        ]
    }

    // MARK: This computer

    private func forwarding() -> Check {
        let value = try? String(contentsOfFile: "\(sysctl)/net/ipv4/ip_forward", encoding: .utf8)
        return value?.first == "1"
            ? Check("forwarding", .ok, isRequired: false, detail: "net.ipv4.ip_forward = 1")
            : Check(
                "forwarding", .missing, isRequired: false, detail: "machines cannot reach other networks",
                mend: "sysctl -w net.ipv4.ip_forward=1")
    }

    private func tools() -> [Check] {
        [("mmdebstrap", "mmdebstrap"), ("mksquashfs", "squashfs-tools")].map { name, package in
            SandboxTools.find(name, in: search).map { Check(name, .ok, isRequired: false, detail: $0) }
                ?? Check(
                    name, .missing, isRequired: false, detail: "images cannot be built",
                    mend: "apt-get install \(package)")
        }
    }

    private func ifThere<Value>(_ ask: () async throws -> Value) async throws -> Value? {
        do { return try await ask() } catch let no as IncusClient.Refusal {
            if no.isNotFound { return nil }
            throw SloopError(.accessDenied, "Incus refuses: \(no.message)")
        }
    }

    /// The answer, or `CancellationError` when the time is over.
    private func within<Value: Sendable>(
        _ limit: Duration, _ body: @escaping @Sendable () async throws -> Value
    ) async throws -> Value {
        try await withThrowingTaskGroup(of: Value.self) { group in
            group.addTask { try await body() }
            group.addTask {
                try await Task.sleep(for: limit)
                throw CancellationError()
            }
            defer { group.cancelAll() }
            guard let first = try await group.next() else { throw CancellationError() }
            return first
        }
    }
}
