import Foundation
import Testing

/// A server that is not root's: everybody's first try.
@Suite(.needsSandbox) struct OrdinaryUserTests {
    @Test func theMainJobNeedsNoRoot() throws {
        let daemon = try Daemon(as: 54_321)
        let (old, new) = (daemon.folder.appending(path: "old.pem").path, daemon.folder.appending(path: "new.pem").path)
        try #require(try daemon.sloop("key", "create", "laptop", "--save", old).code == 0)
        let script = daemon.folder.appending(path: "setup.sh").path
        try Data("id -u; touch /usr/x 2> /dev/null || echo closed; echo kept > file\n".utf8).write(
            to: URL(filePath: script))
        let create = try daemon.sloop(
            "instance", "create", "web", "--blueprint", "static-site", "--plan", "nano", "--key", "laptop", "--script",
            script)
        #expect(create.code == 0, "\(create)")
        #expect(try daemon.sloop("instance", "logs", "web").out.contains("\nclosed\n"))

        let shown = try daemon.json("instance", "show", "web")
        let (address, port) = (try #require(shown["publicAddress"] as? String), try #require(shown["port"] as? Int))
        #expect(port == 2222 || geteuid() != 0)
        #expect(try daemon.opens(address, port, key: old))

        let rotation = try daemon.sloop("key", "rotate", "laptop", "--save", new)
        #expect(rotation.code == 0, "\(rotation)")
        #expect(try daemon.opens(address, port, key: new))
        #expect(try !daemon.opens(address, port, key: old))

        daemon.end(SIGKILL)
        #expect(try daemon.opens(address, port, key: new))
        try daemon.start()
        #expect(try daemon.sloop("instance", "reboot", "web").code == 0)
        #expect(try daemon.sloop("ssh", "web", "--", "cat file").out == "kept\n")

        let cost = try daemon.json("cost")
        #expect((cost["items"] as? [Any])?.count == 1)
        #expect(try daemon.sloop("instance", "delete", "web").code == 0)
        #expect(try daemon.machines().isEmpty)
        #expect(try !daemon.opens(address, port, key: new))
    }
}
