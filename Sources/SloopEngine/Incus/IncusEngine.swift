import Foundation
package import SloopModel

/// The engine of real machines: system containers of Incus, with their own init, address, limits and disk.
///
/// Each machine carries our installation's id and its own in its configuration; nothing without them is touched.
package struct IncusEngine: Engine {
    package let name = "incus"
    package let offersMachines = true

    let client: IncusClient
    let installation: String
    let settings: Settings
    let places: IncusPlaces
    let restrictions = RestrictionBook()
    let neighbours = ForwardNeighbours()
    /// Why ports cannot be opened to some addresses alone; nil if they can.
    let obstacleToSources: String?

    /// What of Incus is used.
    package struct Settings: Sendable {
        /// The storage pool of the machines' disks.
        package var pool = "sloop"
        /// The bridge that the machines are on.
        package var network = "sloopbr0"
        /// Whether new machines are kept from reaching each other, at their private addresses or through public ones.
        package var isIsolating = true

        package init() {}
    }

    /// Throws `unreachable` if Incus does not answer within the patience, `operationFailed` if it is not set up for Sloop.
    package init(
        _ server: IncusServer, installation: String, settings: Settings = Settings(), patience: Duration = .seconds(60)
    ) async throws {
        client = IncusClient(server, patience: patience)
        self.installation = installation
        self.settings = settings
        do {
            // Who starts a server is not made to wait as long as a machine that is half made.
            let client = IncusClient(server, patience: min(patience, .seconds(5)))
            let network: IncusNetwork = try await client.get("/1.0/networks/\(settings.network)")
            places = try IncusPlaces(network.config, name: settings.network, installation: installation)
            obstacleToSources = IncusEngine.obstacleToSources(try await client.get("/1.0"))
            let _: JSONObject = try await client.get("/1.0/storage-pools/\(settings.pool)")
            BtrfsQuotas.keep(in: settings.pool)
        } catch let no as IncusClient.Refusal {
            if no.status == 401 || no.status == 403 {
                throw SloopError(
                    .accessDenied,
                    "Incus on \(server.name) does not trust this certificate, or not with what it is asked",
                    tip: "have it do so, there: incus config trust add-certificate FILE")
            }
            throw SloopError(
                .operationFailed,
                no.isNotFound
                    ? "Incus on \(server.name) has no network '\(settings.network)' or no pool '\(settings.pool)'"
                    : "Incus on \(server.name) refused: \(no.message)",
                tip: "set Incus up: scripts/install-incus")
        }
    }

    package func place(slot: Int) -> MachinePlace? { places.place(slot: slot) }

    package func publicAddress(of place: MachinePlace) -> String { places.publicAddress(of: place.address) }

    package func free(among places: [MachinePlace]) async throws -> Set<MachinePlace> {
        try await calling("see which addresses are free") {
            let taken = Set(try await machines().compactMap { $0.devices["eth0"]?["ipv4.address"] })
            let forwards: [String] = try await client.get("/1.0/networks/\(settings.network)/forwards")
            let passedOn = Set(forwards.compactMap { $0.split(separator: "/").last.map(String.init) })
            return Set(places.filter { !taken.contains($0.address) && !passedOn.contains(publicAddress(of: $0)) })
        }
    }

    // MARK: Machines

    static func name(_ id: InstanceID) -> String { "sloop-\(id)" }

    package func create(_ machine: MachineSpec) async throws {
        let name = IncusEngine.name(machine.id)
        try await calling("create '\(machine.hostName)'") {
            if machine.isVirtual { try await checkVirtualMachines() }
            // At once. No two can have the same forward: who has it has the address, and nothing is started before.
            async let opening = outcome { try await open(PublicAccess(machine)) }
            async let making = outcome { try await make(machine, name) }
            let (opened, made) = await (opening, making)
            if case .failure = opened, case .success = made { try? await client.remove("/1.0/instances/\(name)") }
            if case .failure = made {
                try? await removeForwards(of: machine.id)
                try? await liftRestrictions(of: machine.id)
            }
            try opened.get()
            try made.get()
        }
    }

    /// How it ended. What fails must not call off what is done beside it, which Incus might then do all the same.
    private func outcome(_ body: () async throws -> Void) async -> Result<Void, any Error> {
        do { return .success(try await body()) } catch { return .failure(error) }
    }

    private func checkVirtualMachines() async throws {
        let server: IncusAbout = try await client.get("/1.0")
        guard server.environment?.hasVirtualMachines != true else { return }
        throw SloopError(
            .notOffered, "Incus on \(client.server.name) cannot make virtual machines: /dev/kvm or qemu is missing",
            tip: "use a blueprint of a container; see what is there: sloop doctor")
    }

    private func make(_ machine: MachineSpec, _ name: String) async throws {
        for attempt in 1... {
            do {
                try await client.change(.POST, "/1.0/instances", try await withSource(of: machine, order(machine)))
                if machine.snapshot != nil { try await plantAnew(name) }
                break
            } catch let no as IncusClient.Refusal {
                if try await find(name) != nil {
                    if try await adopt(name, machine.id) { break }
                    guard attempt < 4 else { throw no }
                    continue
                }
                let why = try await reason(no, machine)
                // A daemon that is about to end fails what it is at, and answers for a moment yet.
                guard attempt < 4, why is IncusClient.Refusal else { throw why }
                try await Task.sleep(for: .milliseconds(200) * attempt)
            } catch is IncusClient.LostOperation where attempt < 4 {
                // Half of it may be there.
                if try await adopt(name, machine.id) { break }
            }
        }
    }

    /// What to say of a machine that Incus refused to make. Incus' words for an image that is gone do not name it.
    private func reason(_ no: IncusClient.Refusal, _ machine: MachineSpec) async throws -> any Error {
        guard let image = machine.image else { return no }
        if try await client.find(IncusClient.alias(image), as: JSONObject.self) != nil { return no }
        return SloopError(.notFound, "Incus has no image '\(image)'", tip: "make it: sloop image build BLUEPRINT")
    }

    /// Whether the machine of that name is ours and whole. One that never ran may be half of one: it is removed.
    private func adopt(_ name: String, _ id: InstanceID) async throws -> Bool {
        try await client.settle(name)
        guard let found = try await find(name) else { return false }
        guard owns(found.config), found.config["user.sloop.instance"] == id.value else {
            throw SloopError(
                .nameExists, "Incus has an instance '\(name)' that is not of this Sloop",
                tip: "rename or delete it: incus rename \(name) OTHER")
        }
        if found.last_used_at?.hasPrefix("19") == false && found.last_used_at?.hasPrefix("0001") == false {
            return true
        }
        try await client.change(.DELETE, "/1.0/instances/\(name)")
        return false
    }

    package func start(_ id: InstanceID) async throws {
        let name = IncusEngine.name(id)
        try await calling("start \(name)") {
            try await power(name, IncusPower(action: "start"), until: "Running")
        }
    }

    package func forgetSecrets(of id: InstanceID) async throws {
        let name = IncusEngine.name(id)
        try await calling("take the host key from the configuration of \(name)") {
            // The machine has its files by now, and every administrator of Incus can read this.
            _ = try await client.change(.PATCH, "/1.0/instances/\(name)", ["config": ["user.sloop.host-key": ""]])
        }
    }

    package func stop(_ id: InstanceID) async throws {
        let name = IncusEngine.name(id)
        try await calling("stop \(name)") { try await halt(name) }
    }

    /// What a machine has to save is saved; one that does not end by itself is ended.
    private func halt(_ name: String) async throws {
        do {
            try await power(name, IncusPower(action: "stop"), until: "Stopped")
        } catch let no as IncusClient.Refusal where !no.isNotFound {
            try await power(name, IncusPower(action: "stop", timeout: -1, force: true), until: "Stopped")
        }
    }

    /// Whether it runs, or is stopped. A machine that failed to start is shown as running for half a second, and
    /// whoever starts it again is told that it runs; but no process is its first.
    private func isSo(_ name: String, _ status: String) async throws -> Bool {
        do {
            let now: IncusNow = try await client.get("/1.0/instances/\(name)/state")
            return now.status == status && (status != "Running" || now.pid > 0)
        } catch is IncusClient.Refusal { return false }
    }

    private func power(_ name: String, _ order: IncusPower, until status: String) async throws {
        for attempt in 1... {
            do {
                try await client.change(.PUT, "/1.0/instances/\(name)/state", order)
                return
            } catch is IncusClient.LostOperation where attempt < 4 {
            } catch let no as IncusClient.Refusal {
                // As when it is so already.
                if try await isSo(name, status) { return }
                // Another operation, of a predecessor of ours perhaps, may have been at work on it.
                guard attempt < 3, !no.isNotFound else { throw no }
                try await client.settle(name)
                // Or the bridge is being set up anew, which takes its name server away for a moment.
                try await Task.sleep(for: .milliseconds(300) * attempt)
            }
        }
    }

    package func delete(_ id: InstanceID) async throws {
        let name = IncusEngine.name(id)
        try await calling("delete \(name)") {
            try await client.settle(name)
            try await removeForwards(of: id)
            // While the machine has the address, so that nobody who gets it next finds them.
            try await liftRestrictions(of: id)
            guard let found = try await find(name) else { return }
            guard owns(found.config) else { return }
            do {
                if found.status != "Stopped" {
                    try await power(name, IncusPower(action: "stop", timeout: -1, force: true), until: "Stopped")
                }
                try await client.change(.DELETE, "/1.0/instances/\(name)")
            } catch let no as IncusClient.Refusal where no.isNotFound {
            } catch is IncusClient.LostOperation {
                if try await find(name) != nil { try await client.change(.DELETE, "/1.0/instances/\(name)") }
            }
        }
    }

    package func list() async throws -> [InstanceID: MachineState] {
        // Each round of comparison asks this. A pool counts from its first machine on, and can stop at any time.
        BtrfsQuotas.keep(in: settings.pool)
        return try await calling("list the machines") {
            try await machines().reduce(into: [:]) { all, machine in
                guard owns(machine.config), let id = machine.config["user.sloop.instance"].map({ InstanceID($0) }),
                    // A copy that somebody made has our marks too, and one that was renamed is not found by its name.
                    machine.name == IncusEngine.name(id)
                else { return }
                all[id] = machine.status == "Stopped" || machine.status == "Error" ? .stopped : .running
            }
        }
    }

    package func console(_ id: InstanceID) async throws -> String {
        let name = IncusEngine.name(id)
        return try await calling("read the console of \(name)") {
            String(decoding: try await client.raw("/1.0/instances/\(name)/console"), as: UTF8.self)
        }
    }

    /// Whether what has this configuration is of this Sloop.
    func owns(_ config: [String: String]) -> Bool { config["user.sloop.installation"] == installation }

    func machines() async throws -> [IncusInstance] { try await client.get("/1.0/instances?recursion=1") }

    func find(_ name: String) async throws -> IncusInstance? {
        try await client.find("/1.0/instances/\(name)")
    }

    // MARK: Orders

    private func order(_ machine: MachineSpec) -> IncusInstance {
        let address = machine.place.address
        var order = IncusInstance(
            name: IncusEngine.name(machine.id), description: "sloop \(machine.hostName)",
            type: machine.isVirtual ? "virtual-machine" : "container",
            source: .init(type: "image", alias: machine.image ?? ""), profiles: [],
            config: [
                "user.sloop.installation": installation, "user.sloop.instance": machine.id.value,
                "user.sloop.host-name": machine.hostName, "user.sloop.host-key": machine.hostKeyPrivate,
                "user.sloop.host-key-public": machine.hostKeyPublic,
                "user.sloop.certificate-authority": machine.certificateAuthority,
                "user.sloop.access-keys": machine.accessKeys.joined(separator: "\n"),
                "user.sloop.authorized-keys": machine.authorizedKeys.joined(separator: "\n"),
                "user.sloop.address": address, "user.sloop.public-address": machine.publicAddress,
                "user.sloop.nameserver": places.gateway.description, "user.sloop.service": machine.service ?? "",
                "limits.cpu": "\(machine.vcpus)", "limits.memory": "\(machine.memoryMB)MiB",
                "security.guestapi": "false",
            ],
            devices: [
                "root": ["type": "disk", "path": "/", "pool": settings.pool, "size": "\(machine.diskGB)GiB"],
                "eth0": nic(address),
            ])
        // A virtual machine has its address by DHCP, which gives each the one of its NIC.
        if !machine.isVirtual {
            order.config["limits.memory.swap"] = "false"
            order.config["raw.lxc"] = self.address(address)
        }
        return order
    }

    func nic(_ address: String) -> [String: String] {
        var nic = [
            "type": "nic", "name": "eth0", "network": settings.network, "ipv4.address": address,
            "hwaddr": places.hardwareAddress(of: address),
            // No machine may pass for another.
            "security.ipv4_filtering": "true", "security.mac_filtering": "true",
        ]
        if settings.isIsolating { nic["security.port_isolation"] = "true" }
        return nic
    }

    /// The address is there before init is, which then need not wait for any network.
    func address(_ address: String) -> String {
        "lxc.net.0.ipv4.address = \(address)/\(places.width)\nlxc.net.0.ipv4.gateway = \(places.gateway)\n"
    }

    /// Incus' own words for what went wrong, as an error of Sloop's. What Incus has forgotten is done again: it may have been
    /// done or not, and a call of the engine bears to be made twice.
    func calling<Value>(_ what: String, _ body: () async throws -> Value) async throws -> Value {
        for attempt in 1... {
            do { return try await body() } catch let no as IncusClient.Refusal {
                throw SloopError(
                    no.isNotFound ? .notFound : .operationFailed, "Incus could not \(what): \(no.message)",
                    tip: no.isNotFound ? "" : "see what is wrong with it: sloop doctor")
            } catch is IncusClient.LostOperation where attempt < 3 {
            } catch is IncusClient.LostOperation {
                throw SloopError(
                    .operationFailed, "Incus was restarted while it was to \(what)", tip: "try it again")
            }
        }
        throw SloopError(.unexpected, "\(what) has no end")
    }
}
