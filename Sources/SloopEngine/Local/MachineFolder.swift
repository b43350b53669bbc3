import Foundation
import SloopModel

/// What a local machine consists of on disk: its files, its keys and its settings.
struct MachineFolder: Sendable {
    /// What is kept of the order, without secrets.
    struct Settings: Codable, Sendable {
        var hostName: String
        let place: MachinePlace
        let username: String
        let owner: Owner
        let web: Int
        let hasService: Bool
    }

    /// The user that the machine's processes are outside of the sandbox.
    struct Owner: Codable, Sendable, Equatable {
        let uid: uid_t
        /// Whether it is the ordinary user that the server ran as, and not a user of the machine's own.
        let isServer: Bool
    }

    let path: String
    let settings: Settings

    static func path(_ id: InstanceID, in folder: URL) -> String { folder.appending(path: id.value).path }

    /// Nil if there is none.
    init?(_ id: InstanceID, in folder: URL) throws {
        path = MachineFolder.path(id, in: folder)
        guard FileManager.default.fileExists(atPath: path) else { return nil }
        guard let data = FileManager.default.contents(atPath: path + "/machine.json"),
            let settings = try? JSONDecoder().decode(Settings.self, from: data)
        else { throw SloopError(.storage, "\(path)/machine.json is missing or damaged", tip: "delete the instance") }
        self.settings = settings
    }

    /// Makes the folder whole or not at all; one that is there is left as it is.
    static func make(_ machine: MachineSpec, in folder: URL, owner: Owner, web: Int) throws {
        let final = path(machine.id, in: folder)
        if FileManager.default.fileExists(atPath: final) { return }
        let draft = folder.appending(path: ".new-\(machine.id)").path
        try? removeTree(draft)
        do {
            let settings = Settings(
                hostName: machine.hostName, place: machine.place, username: machine.username, owner: owner, web: web,
                hasService: machine.service != nil)
            try fill(draft, machine, settings)
            guard Foundation.rename(draft, final) == 0 else {
                throw SloopError.system("make the machine's folder \(final)")
            }
        } catch {
            try? removeTree(draft)
            throw error
        }
        try? Descriptor(opening: folder.path, O_RDONLY | O_DIRECTORY).sync()
    }

    private static func fill(_ path: String, _ machine: MachineSpec, _ settings: Settings) throws {
        let uid = settings.owner.uid
        // Passed through on the way to the parts that are bound into the sandbox, by nobody but the owner.
        try folder(path, 0o700)
        for name in ["etc", "run"] { try folder("\(path)/\(name)", 0o755, name == "run" ? uid : nil) }
        for name in ["home", "home/.ssh", "sloop", "sloop/keys", "sloop/launch"] {
            try folder("\(path)/\(name)", name == "home" ? 0o750 : 0o700, uid)
        }
        func lines(_ lines: [String]) -> String { lines.map { $0 + "\n" }.joined() }
        try file("\(path)/home/.ssh/authorized_keys", lines(machine.authorizedKeys), 0o600, uid)
        try file("\(path)/sloop/keys/access", lines(machine.accessKeys), 0o600, uid)
        for (name, text) in SandboxFiles.etc(machine, settings) { try file("\(path)/etc/\(name)", text, 0o644) }
        try file("\(path)/etc/host_key", machine.hostKeyPrivate, 0o600, uid)
        if let service = machine.service { try file("\(path)/etc/service", service, 0o755) }
        try file("\(path)/lock", "", 0o600)
        try file("\(path)/log", "", 0o600)
        try file("\(path)/machine.json", String(decoding: JSONEncoder().encode(settings), as: UTF8.self), 0o600)
    }

    /// Gives it another host name: in the files under /etc, and last in what is kept of the order.
    func rename(to hostName: String) throws {
        for name in ["hosts", "hostname", "sshd_config"] {
            let text = try String(contentsOfFile: "\(path)/etc/\(name)", encoding: .utf8)
            try replace("etc/\(name)", text.replacingOccurrences(of: settings.hostName, with: hostName), 0o644)
        }
        var settings = settings
        settings.hostName = hostName
        try replace("machine.json", String(decoding: JSONEncoder().encode(settings), as: UTF8.self), 0o600)
    }

    private func replace(_ name: String, _ text: String, _ mode: mode_t) throws {
        unlink("\(path)/\(name).new")
        try MachineFolder.file("\(path)/\(name).new", text, mode)
        guard Foundation.rename("\(path)/\(name).new", "\(path)/\(name)") == 0 else {
            throw SloopError.system("replace \(path)/\(name)")
        }
    }

    private static func folder(_ path: String, _ mode: mode_t, _ owner: uid_t? = nil) throws {
        guard mkdir(path, mode) == 0, chmod(path, mode) == 0 else { throw SloopError.system("make \(path)") }
        try give(path, owner)
    }

    private static func file(_ path: String, _ text: String, _ mode: mode_t, _ owner: uid_t? = nil) throws {
        let descriptor = try Descriptor(opening: path, O_WRONLY | O_CREAT | O_EXCL, mode: mode)
        let bytes = Array(text.utf8)
        let isWhole = descriptor.use { raw in
            bytes.withUnsafeBytes { write(raw, $0.baseAddress, $0.count) == bytes.count } && fchmod(raw, mode) == 0
        }
        guard isWhole else { throw SloopError.system("write \(path)") }
        // On disk before the folder gets its name: a machine without its keys would lock everybody out.
        try descriptor.sync()
        try give(path, owner)
    }

    private static func give(_ path: String, _ owner: uid_t?) throws {
        guard let owner, geteuid() == 0 else { return }
        guard lchown(path, owner, owner) == 0 else { throw SloopError.system("give \(path) to its user") }
    }

    /// Removes all of it, also what its owner has closed to himself.
    static func removeTree(_ path: String) throws {
        guard FileManager.default.fileExists(atPath: path) else { return }
        if (try? FileManager.default.removeItem(atPath: path)) != nil { return }
        let names = FileManager.default.enumerator(atPath: path)
        _ = chmod(path, 0o700)
        while let name = names?.nextObject() as? String {
            var info = stat()
            let inner = "\(path)/\(name)"
            if lstat(inner, &info) == 0 && info.st_mode & S_IFMT == S_IFDIR { _ = chmod(inner, 0o700) }
        }
        try FileManager.default.removeItem(atPath: path)
    }
}
