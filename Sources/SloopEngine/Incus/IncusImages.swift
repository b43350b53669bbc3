import Foundation
import SloopModel

extension IncusEngine {
    package var images: (any ImageStore)? { IncusImages(engine: self) }
}

/// Sloop's images in Incus: the alias is the image's name, the properties say blueprint and digest.
struct IncusImages: ImageStore {
    let engine: IncusEngine
    private var client: IncusClient { engine.client }

    func list() async throws -> [MachineImage] {
        try await engine.calling("list the images") {
            let all: [IncusImage] = try await client.get("/1.0/images?recursion=1")
            return all.compactMap { image in
                guard let blueprint = image.properties["sloop.blueprint"],
                    let digest = image.properties["sloop.digest"]
                else { return nil }
                let key = MachineImage.Key(blueprint: blueprint, digest: digest)
                guard image.aliases?.contains(where: { $0.name == key.name }) == true else { return nil }
                return MachineImage(key: key, bytes: image.size, createdAt: IncusImages.date(image.uploaded_at))
            }
        }
    }

    func has(_ image: MachineImage.Key) async throws -> Bool {
        try await engine.calling("find the image \(image.name)") {
            try await client.find(IncusClient.alias(image.name), as: JSONObject.self) != nil
        }
    }

    func take(_ image: MachineImage.Key, metadata: URL, rootFileSystem: URL) async throws {
        try await engine.calling("take in the image \(image.name)") {
            let mark = "sloop-\(UUID().uuidString)"
            func part(_ name: String, _ file: URL) throws -> [IncusClient.Piece] {
                let size = try FileManager.default.attributesOfItem(atPath: file.path)[.size] as? Int ?? 0
                let head =
                    "--\(mark)\r\nContent-Disposition: form-data; name=\"\(name)\"; filename=\"\(name)\"\r\n"
                    + "Content-Type: application/octet-stream\r\n\r\n"
                return [.text(head), .file(path: file.path, size: size), .text("\r\n")]
            }
            let body = try part("metadata", metadata) + part("rootfs", rootFileSystem) + [.text("--\(mark)--\r\n")]
            var query = URLComponents()
            query.queryItems = properties(of: image).map { URLQueryItem(name: $0.key, value: $0.value) }
            let done = try await client.upload(
                "/1.0/images", .pieces(body),
                headers: [
                    ("Content-Type", "multipart/form-data; boundary=\(mark)"),
                    ("X-Incus-properties", query.percentEncodedQuery ?? ""),
                ])
            guard let fingerprint = done["fingerprint"]?.text else {
                throw SloopError(.unexpected, "Incus took in the image \(image.name) and does not say as what")
            }
            try await name(image, fingerprint)
            try await unpack(image)
        }
    }

    func delete(_ image: MachineImage.Key) async throws {
        try await engine.calling("delete the image \(image.name)") {
            let all: [IncusImage] = try await client.get("/1.0/images?recursion=1")
            for found in all where found.aliases?.contains(where: { $0.name == image.name }) == true {
                try await client.remove("/1.0/images/\(found.fingerprint)")
            }
        }
    }

    // MARK: Baking

    func bake(_ image: MachineImage.Key, _ recipe: Recipe) async throws {
        let name = "sloop-bake-\(image.blueprint.replacingOccurrences(of: ".", with: "-"))-\(image.digest)"
        try await engine.calling("bake the image \(image.name)") {
            // A predecessor's, that was killed.
            try await remove(name)
            do {
                try await prepare(name, recipe)
                try await run(recipe, in: name, image)
                try await publish(name, image)
                try await remove(name)
                try await unpack(image)
            } catch {
                try? await remove(name)
                throw error
            }
        }
    }

    private func prepare(_ name: String, _ recipe: Recipe) async throws {
        let place = try await engine.lastFreePlace()
        var order = engine.bare(name, image: recipe.base.name, at: place)
        order.description = "sloop makes an image"
        order.config["user.sloop.host-name"] = "image"
        try await client.change(.POST, "/1.0/instances", order)
        try await client.change(.PUT, "/1.0/instances/\(name)/state", IncusPower(action: "start"))
        try await put("/root/blueprint", nil, "directory", 0o700, in: name)
        for file in try FileManager.default.contentsOfDirectory(atPath: recipe.folder.path).sorted()
        where file != "blueprint.json" {
            let path = recipe.folder.appending(path: file).path
            let mode = FileManager.default.isExecutableFile(atPath: path) ? 0o755 : 0o644
            try await put("/root/blueprint/\(file)", path, "file", mode, in: name)
            if file == recipe.firstBoot {
                try await put("/usr/lib/sloop/firstboot.sh", path, "file", 0o755, in: name)
            }
        }
    }

    private func put(_ path: String, _ file: String?, _ type: String, _ mode: Int, in name: String) async throws {
        let piece = try file.map { file in
            let size = try FileManager.default.attributesOfItem(atPath: file)[.size] as? Int ?? 0
            return IncusClient.Piece.file(path: file, size: size)
        }
        try await client.upload(
            "/1.0/instances/\(name)/files?path=\(path)", .pieces([piece ?? .text("")]),
            headers: [
                ("X-Incus-type", type), ("X-Incus-mode", "0\(String(mode, radix: 8))"), ("X-Incus-uid", "0"),
                ("X-Incus-gid", "0"), ("Content-Type", "application/octet-stream"),
            ])
    }

    private func run(_ recipe: Recipe, in name: String, _ image: MachineImage.Key) async throws {
        let program = """
            # What boots, systemd-tmpfiles for one, must not be in the way of what is installed.
            for _ in $(seq 100); do
                case $(timeout 60 systemctl is-system-running --wait 2> /dev/null) in running | degraded) break ;; esac
                sleep 0.1
            done
            cd /root/blueprint
            set -eE -o pipefail
            trap 'echo "\(recipe.script): line $LINENO: $BASH_COMMAND: exit code $?" >&2' ERR
            . ./\(recipe.script)
            """
        let (code, output) = try await engine.execute(program, in: name)
        guard code == 0 else {
            let tail = output.split(whereSeparator: \.isNewline).suffix(12).joined(separator: "\n")
            throw SloopError(
                .operationFailed, "the blueprint '\(image.blueprint)' could not be baked (exit code \(code)):\n\(tail)",
                tip: "mend \(recipe.folder.appending(path: recipe.script).path), then: sloop image build "
                    + image.blueprint)
        }
        let (cleaned, why) = try await engine.execute(IncusImages.cleaning, in: name)
        guard cleaned == 0 else { throw SloopError(.operationFailed, "the image could not be cleaned: \(why)") }
    }

    /// What belongs to the machine in which the image was made, and to no clone of it. The files that Incus writes into each
    /// clone stay, empty, with their owners and modes.
    private static let cleaning = """
        set -e
        cd /
        rm -rf /root/blueprint /root/.bash_history /var/lib/apt/lists/* /var/cache/apt/archives/*.deb /tmp/* /var/tmp/*
        rm -f /var/lib/sloop/firstboot.done /var/lib/sloop/secrets /var/lib/sloop/firstboot.log
        find /var/log -type f -exec truncate -s 0 {} +
        rm -rf /var/log/journal/*
        for f in /etc/machine-id /etc/hostname /etc/ssh/ssh_host_ed25519_key /etc/ssh/ssh_host_ed25519_key.pub \
            /var/lib/sloop/keys/access /home/*/.ssh/authorized_keys; do : > "$f"; done
        sync
        """

    private func publish(_ name: String, _ image: MachineImage.Key) async throws {
        struct Order: Encodable {
            let source: [String: String]
            let properties: [String: String]
            /// It is on this computer's disk only; to compress it would take longer than all else.
            let compression_algorithm = "none"
        }
        try await client.change(.PUT, "/1.0/instances/\(name)/state", IncusPower(action: "stop", timeout: 60))
        let done = try await client.change(
            .POST, "/1.0/images", Order(source: ["type": "instance", "name": name], properties: properties(of: image)))
        guard let fingerprint = done["fingerprint"]?.text else {
            throw SloopError(.unexpected, "Incus published the image \(image.name) and does not say as what")
        }
        try await self.name(image, fingerprint)
    }

    private func remove(_ name: String) async throws {
        try await client.settle(name)
        guard let found = try await engine.find(name) else { return }
        guard found.config["user.sloop.made"] == "bake" else {
            throw SloopError(
                .nameExists, "Incus has an instance '\(name)' that is not of Sloop",
                tip: "rename or delete it: incus rename \(name) OTHER")
        }
        if found.status != "Stopped" {
            try await client.change(
                .PUT, "/1.0/instances/\(name)/state", IncusPower(action: "stop", timeout: -1, force: true))
        }
        try await client.change(.DELETE, "/1.0/instances/\(name)")
    }

    // MARK: Names

    /// Last: an image without its name does not count.
    private func name(_ image: MachineImage.Key, _ fingerprint: String) async throws {
        struct Alias: Codable {
            let name: String
            let target: String
        }
        do {
            try await client.change(.POST, "/1.0/images/aliases", Alias(name: image.name, target: fingerprint))
        } catch let no as IncusClient.Refusal {
            // The image was made anew.
            let path = IncusClient.alias(image.name)
            guard let old = try await client.find(path, as: Alias.self) else { throw no }
            try await client.change(.PUT, path, ["target": fingerprint])
            guard old.target != fingerprint else { return }
            // Without its name nobody would find it again.
            try await client.remove("/1.0/images/\(old.target)")
        }
    }

    private func properties(of image: MachineImage.Key) -> [String: String] {
        [
            "description": "Sloop \(image.blueprint)", "sloop.blueprint": image.blueprint,
            "sloop.digest": image.digest,
        ]
    }

    /// The first clone pays for unpacking the image into the pool: this one, so that no user's does.
    private func unpack(_ image: MachineImage.Key) async throws {
        let name = "sloop-bake-unpack-\(image.digest)"
        try await remove(name)
        let order = engine.bare(name, image: image.name, at: nil)
        try await client.change(.POST, "/1.0/instances", order)
        try await remove(name)
    }

    private static func date(_ text: String) -> Date {
        let whole = text.prefix { $0 != "." && $0 != "Z" } + "Z"
        return (try? Date(String(whole), strategy: .iso8601)) ?? .distantPast
    }
}

extension IncusEngine {
    /// The last address that no instance has: the first ones are given to users' machines.
    func lastFreePlace() async throws -> MachinePlace {
        let taken = Set(try await machines().compactMap { $0.devices["eth0"]?["ipv4.address"] })
        for slot in (0..<places.count).reversed() {
            if let place = place(slot: slot), !taken.contains(place.address) { return place }
        }
        throw SloopError(.operationFailed, "the network '\(settings.network)' has no free address left")
    }

    /// A machine without an owner, for making an image.
    func bare(_ name: String, image: String, at place: MachinePlace?) -> IncusInstance {
        var config = ["user.sloop.made": "bake", "limits.memory.swap": "false"]
        var devices = ["root": ["type": "disk", "path": "/", "pool": settings.pool]]
        if let place {
            config["raw.lxc"] = address(place.address)
            config["user.sloop.nameserver"] = places.gateway.description
            devices["eth0"] = nic(place.address)
        }
        return IncusInstance(
            name: name, type: "container", source: .init(type: "image", alias: image), profiles: [], config: config,
            devices: devices)
    }
}
