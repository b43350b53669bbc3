import Foundation
import Testing

/// Two accounts in the console, of which one asks for what the other has, by every address.
@Suite(.needsSandbox) struct ConsoleWallTests {
    @Test func whatOneAccountOwnsAnotherDoesNotSee() throws {
        let server = try SignedPort()
        _ = try server.daemon.json("access-key", "create", "--account", "red")
        let (blue, red) = (try Visitor(server, account: "blue"), try Visitor(server, account: "red"))
        let made = try blue.post(
            "/create",
            [
                "name": "secret-web", "count": "1", "blueprint": "sandbox", "plan": "nano", "key": "new",
                "new-key": "secret-key", "tags": "note=secret-tag", "script": "#!/bin/sh\necho secret-output\n",
            ])
        #expect(made.status == 200, "\(String(decoding: made.body, as: UTF8.self))")
        defer { server.remove("secret-web") }
        let end = Date() + 60
        while try !blue.text("/instances/secret-web").contains("script succeeded") {
            try #require(Date() < end)
            usleep(50_000)
        }
        let alarm = ["alarm": "secret-alarm", "metric": "CPUUtilization", "comparison": "LessThanThreshold"]
        #expect(
            try blue.post(
                "/instances/secret-web/alarms", alarm.merging(["threshold": "5", "periods": "1"]) { mine, _ in mine }
            ).status == 303)
        #expect(try blue.text("/alarms").contains("secret-alarm"))
        let seen = try blue.stream("/instances/secret-web")
        #expect(seen.contains("secret-output") && seen.contains("secret-tag"))

        for path in [
            "/", "/create", "/keys", "/storage", "/alarms", "/cost", "/operations", "/settings",
            "/instances/secret-web",
            "/instances/secret-web/delete", "/instances/secret-web/terminal", "/keys/secret-key",
            "/operations?of=secret-web",
        ] {
            let reply = try red.get(path)
            // What is asked for by its name is named in the answer that it is not there, and nothing else of it.
            let text = String(decoding: reply.body, as: UTF8.self)
            let hidden = path.contains("secret") ? ["secret-tag", "secret-output", "sandbox", "127.64."] : ["secret"]
            for word in hidden { #expect(!text.contains(word), "\(path): \(text)") }
            #expect(reply.status == (path.contains("/secret") ? 404 : 200), "\(path)")
        }
        for path in ["/instances", "/keys", "/storage", "/alarms", "/cost", "/operations"] {
            #expect(try !red.stream(path, seconds: 1).contains("secret"), "\(path)")
        }
        for path in ["/instances/secret-web", "/keys/secret-key"] {
            #expect(try red.get("/stream" + path).status == 404)
        }
        let before = try blue.text("/operations")
        for path in [
            "/instances/secret-web/start", "/instances/secret-web/stop", "/instances/secret-web/reboot",
            "/instances/secret-web/delete", "/instances/secret-web/rerun", "/instances/secret-web/ports/open",
            "/instances/secret-web/ports/close", "/instances/secret-web/address", "/instances/secret-web/disks",
            "/instances/secret-web/snapshots", "/instances/secret-web/alarms", "/instances/secret-web/terminal",
            "/alarms/secret-alarm/test", "/alarms/secret-alarm/delete", "/snapshots-of/secret-web/on",
            "/snapshots-of/secret-web/off", "/snapshots-of/secret-web/restore", "/snapshots-of/secret-web/delete",
            "/disks/d/snapshots", "/contacts/Email/try", "/contacts/Email/delete", "/instances/secret-web/tags",
            "/keys/secret-key/offer",
            "/keys/secret-key/rotate", "/keys/secret-key/delete", "/keys/secret-key/download", "/disks/d/detach",
            "/disks/d/delete", "/snapshots/s/delete", "/snapshots/s/restore", "/addresses/a/detach",
            "/addresses/a/release", "/access-keys/\(server.id)/disable", "/access-keys/\(server.id)/enable",
            "/access-keys/\(server.id)/delete",
        ] {
            let reply = try red.post(
                path,
                [
                    "alarm": "mine", "metric": "CPUUtilization", "comparison": "LessThanThreshold", "threshold": "5",
                    "periods": "1", "columns": "80", "rows": "24", "hour": "06:00", "day": "2026-11-25", "made": "mine",
                    "from": "81", "transport": "tcp", "disk": "d", "snapshot": "s", "tags": "a=b", "address": "a",
                    "public-key": "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJtGRqCpV4Ga3JP3TQqJ0Ic8yO2EhQJcTVkCj3JkLkVf",
                ])
            #expect([404, 409, 422].contains(reply.status), "\(path): \(reply.status)")
        }
        #expect(try blue.text("/alarms").contains("secret-alarm"))
        #expect(
            try blue.text("/operations").replacing(/value="[0-9a-f]{64}"/, with: "")
                == before.replacing(
                    /value="[0-9a-f]{64}"/, with: ""))
        #expect(try server.reply().status == 200)
        #expect(try server.failures() == "")
    }

    @Test func whatATagOrAScriptSaysIsTextAndNothingElse() throws {
        let server = try SignedPort("--notify", "/bin/true")
        let visitor = try Visitor(server, account: "blue")
        let hostile = #"<script>alert(1)</script>"><img src=x onerror=alert(1)>{{account}}"#
        for field in ["name", "new-key", "tags", "script", "count", "plan", "blueprint", "key"] {
            var fields = [
                "name": "web", "count": "1", "blueprint": "sandbox", "plan": "nano", "key": "new", "new-key": "k1",
            ]
            fields[field] = hostile
            // A script is run as it is; the rest is refused, and shown again.
            if field == "script" { fields["name"] = "-" }
            let text = String(decoding: try visitor.post("/create", fields).body, as: UTF8.self)
            #expect(!text.contains("<script>alert") && !text.contains("<img src=x"), "\(field)")
            for (path, link) in [("/instances", "/instances/web"), ("/keys", "/keys/k1")] {
                #expect(try !visitor.text(path).contains(link), "\(field)")
            }
        }
        for (path, field) in [
            ("/keys", "name"), ("/import-key", "import-name"), ("/import-key", "public-key"), ("/contacts", "endpoint"),
        ] {
            let text = String(decoding: try visitor.post(path, [field: hostile]).body, as: UTF8.self)
            #expect(text.contains("&lt;script&gt;") && !text.contains("<script>alert"), "\(path) \(field)")
        }
        for path in [
            "/instances/%3Cscript%3Ealert(1)%3C%2Fscript%3E", "/keys/%22%3E%3Cimg%20src=x%3E",
            "/cost?month=%3Cimg%20src=x%3E", "/operations?of=%3Cimg%20src=x%3E",
        ] {
            let text = try visitor.text(path)
            #expect(!text.contains("<script>alert") && !text.contains("<img src=x"), "\(path)")
        }
        #expect(try server.failures() == "")
    }
}
