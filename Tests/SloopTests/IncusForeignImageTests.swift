import Foundation
import Testing

/// Stock images of a server of images, which know nothing of Sloop. The server here has a Debian that was made for it.
@Suite(.serialized, .needsIncus) struct IncusForeignImageTests {
    /// A catalog with the blueprint `stock`, made of that image, and a remote of Incus' client with that address.
    private func withCatalog(
        image: String, at url: String, _ body: (Daemon) throws -> Void
    ) throws {
        let folder = URL(filePath: "/tmp/sloop-foreign-\(UUID().uuidString.prefix(13))")
        defer { try? FileManager.default.removeItem(at: folder) }
        let manager = FileManager.default
        try manager.createDirectory(at: folder.appending(path: "conf"), withIntermediateDirectories: true)
        for name in ["plans.json", "blueprints"] {
            try manager.copyItem(atPath: "\(Daemon.catalog)/\(name)", toPath: folder.path + "/\(name)")
        }
        let stock = folder.appending(path: "blueprints/stock")
        try manager.createDirectory(at: stock, withIntermediateDirectories: true)
        let blueprint = """
            {"id": "stock", "name": "Stock", "kind": "os", "version": "12", "description": "A stock image.",
            "username": "captain", "requires": "machine", "ports": [22],
            "image": {"script": "../debian-12/foreign.sh", "arguments": ["\(image)", "captain"]}}
            """
        try Data(blueprint.utf8).write(to: stock.appending(path: "blueprint.json"))
        let remotes =
            "default-remote: local\nremotes:\n  test:\n    addr: \(url)\n    protocol: simplestreams\n    public: true\n"
        try Data(remotes.utf8).write(to: folder.appending(path: "conf/config.yml"))
        let daemon = try Daemon(
            start: false, engine: "incus", catalog: folder.path,
            environment: ["INCUS_CONF": folder.appending(path: "conf").path])
        try daemon.start()
        try body(daemon)
    }

    @Test func aMachineOfAStockImageIsLikeAnyOther() throws {
        let folder = URL(filePath: "/tmp/sloop-stock-\(UUID().uuidString.prefix(13))")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let scripts = "\(Daemon.catalog)/Tests/images"
        let made = try Daemon.run("\(scripts)/make-stock", [folder.path], [:], in: folder)
        try #require(made.code == 0, "\(made.error)")
        let server = Process()
        let output = Pipe()
        server.executableURL = URL(filePath: "\(scripts)/serve")
        server.arguments = [folder.path]
        server.standardOutput = output
        server.standardError = FileHandle.nullDevice
        try server.run()
        defer {
            // A child has this thread's signal mask, in which SIGTERM may be blocked.
            kill(server.processIdentifier, SIGKILL)
            server.waitUntilExit()
        }
        let url = String(decoding: output.fileHandleForReading.availableData, as: UTF8.self)
        try withCatalog(image: "test:debian/12", at: url.trimmingCharacters(in: .newlines)) { daemon in
            let script = daemon.folder.appending(path: "script.sh").path
            try Data("id -un; sudo -u captain sudo id -un\n".utf8).write(to: URL(filePath: script))
            let create = try daemon.sloop(
                "instance", "create", "web", "--blueprint", "stock", "--plan", "nano", "--script", script)
            try #require(create.code == 0, "\(create.error)")
            #expect(try daemon.sloop("instance", "logs", "web").out == "root\nroot\n")
            // Who logs in, that systemd has come up whole, and that nothing asks for an address.
            let state = "id -un; systemctl is-system-running --wait; pgrep -c dhclient"
            #expect(try daemon.sloop("ssh", "web", "--", state).out == "captain\nrunning\n0\n")
            #expect(try daemon.sloop("ssh", "web", "--", "hostname; getent hosts web | wc -l").out == "web\n1\n")
            try #require(try daemon.sloop("instance", "reboot", "web").code == 0)
            #expect(try daemon.sloop("ssh", "web", "--", "id -un").out == "captain\n")
            try #require(try daemon.sloop("instance", "delete", "web").code == 0)
            try #require(try daemon.sloop("image", "delete", "stock").code == 0)
        }
    }

    @Test func aServerOfImagesThatIsNotReachedIsSaidAndNothingIsLeft() throws {
        try withCatalog(image: "test:debian/12", at: "http://127.0.0.1:1") { daemon in
            let create = try daemon.sloop("instance", "create", "web", "--blueprint", "stock", "--plan", "nano")
            #expect(create.code == 1)
            #expect(create.error.contains("the image 'test:debian/12' could not be had: Error: "), "\(create.error)")
            #expect(
                create.error.contains("127.0.0.1:1") && create.error.contains("connection refused"), "\(create.error)")
            #expect(create.error.contains("incus image list test:"), "\(create.error)")
            #expect(try daemon.names().isEmpty)
            #expect(try Incus.machines(of: daemon).isEmpty && Incus.forwards(of: daemon).isEmpty)
        }
    }
}
