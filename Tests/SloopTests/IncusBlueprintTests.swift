import Foundation
import Testing

/// Every blueprint on real machines: baked once, cloned, with what each machine has for itself.
@Suite(.serialized, .needsIncus) struct IncusBlueprintTests {
    struct App: Sendable, CustomTestStringConvertible {
        let blueprint: String
        /// What its page has; nil if it has none.
        let page: String?
        /// Run in the machine, it must print `fine`.
        var check = "echo fine"
        var secrets = true
        var testDescription: String { blueprint }
    }

    static let apps = [
        // With OpenSSH 10, where the others have 9.2.
        App(blueprint: "debian-13", page: nil, check: "ssh -V 2>&1 | grep -q OpenSSH_10 && echo fine", secrets: false),
        App(blueprint: "nginx", page: "<h1>NAME is up</h1>", secrets: false),
        App(blueprint: "static-site", page: "<h1>NAME is up</h1>", secrets: false),
        App(blueprint: "lamp", page: "NAME"),
        App(blueprint: "wordpress", page: "<title>NAME</title>"),
        App(blueprint: "nodejs", page: "NAME"),
        App(blueprint: "django", page: "NAME"),
        App(blueprint: "redmine", page: "Redmine"),
        App(
            blueprint: "postgresql", page: nil,
            check: """
                PGPASSWORD=$(sudo sed -n s/^postgresql_password=//p /var/lib/sloop/secrets) \
                psql -h $SLOOP_ADDRESS -U app -At -c "select 'fine'"
                """),
    ]

    @Test(arguments: apps) func anAppAnswersHasItsOwnSecretsAndComesBack(_ app: App) throws {
        let daemon = try Daemon(engine: "incus")
        try #require(try daemon.sloop("key", "create", "laptop", "--save", "laptop.pem").code == 0)
        let names = ["one-\(app.blueprint)", "two-\(app.blueprint)"]
        var secrets: [String] = []
        for name in names {
            let create = try daemon.sloop(
                "instance", "create", name, "--blueprint", app.blueprint, "--plan", "small", "--key", "laptop")
            try #require(create.code == 0, "\(create.error)")
            try check(app, name, daemon)
            let kept = try daemon.sloop(
                "ssh", name, "--", "sudo cat /var/lib/sloop/secrets 2> /dev/null | cut -d= -f2-")
            secrets += kept.out.split(separator: "\n").map(String.init)
            // A digest, so that a failure prints none of them.
            let hosts = try daemon.sloop("ssh", name, "--", "cat /etc/machine-id /etc/ssh/ssh_host_ed25519_key.pub")
            secrets += hosts.out.split(separator: "\n").map(String.init)
        }
        #expect(app.secrets ? secrets.count > 4 : secrets.count == 4)
        #expect(Set(secrets).count == secrets.count)
        try #require(try daemon.sloop("instance", "stop", names[0]).code == 0)
        try #require(try daemon.sloop("instance", "start", names[0]).code == 0)
        try check(app, names[0], daemon)
        let rotated = try daemon.sloop("key", "rotate", "laptop", "--save", "new.pem")
        #expect(rotated.code == 0, "\(rotated.error)")
        for name in names { try #require(try daemon.sloop("instance", "delete", name).code == 0) }
        #expect(try Incus.machines(of: daemon).isEmpty)
        #expect(try Incus.forwards(of: daemon).isEmpty)
    }

    /// From OpenSSH 9.8 on, an address that was refused four times is turned away for a while.
    @Test func keysAreRotatedAnyNumberOfTimesInARow() throws {
        let daemon = try Daemon(engine: "incus")
        let create = try daemon.sloop("instance", "create", "web", "--blueprint", "debian-13", "--plan", "nano")
        try #require(create.code == 0, "\(create.error)")
        for number in 1...8 {
            let rotated = try daemon.sloop("key", "rotate", "--access")
            #expect(rotated.code == 0, "rotation \(number): \(rotated.out) \(rotated.error)")
        }
        try #require(try daemon.sloop("instance", "delete", "web").code == 0)
    }

    private func check(_ app: App, _ name: String, _ daemon: Daemon) throws {
        #expect(try daemon.sloop("ssh", name, "--", app.check).out == "fine\n")
        guard let page = app.page else { return }
        let url = try #require(try daemon.json("instance", "show", name)["url"] as? String)
        let body = try Incus.page(url)
        #expect(body.contains(page.replacing("NAME", with: name)), "\(body.prefix(400))")
    }
}
