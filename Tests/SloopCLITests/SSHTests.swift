import Foundation
import Glibc
import LightsailAPI
import SloopModel
import Testing

@testable import SloopCLI

@Suite struct SSHTests {
    private static let access = Lightsail.GetInstanceAccessDetails.Output(
        accessDetails: .init(certKey: "CERTIFICATE", privateKey: "PRIVATE", protocol: "ssh", username: "sloop"))

    private func replies() -> [(any LightsailOperation.Type, [Reply])] {
        [
            (SloopAPI.GetInstanceDetails.self, [.ok(["instance": Sample.instance("web")])]),
            (Lightsail.GetInstanceAccessDetails.self, [.ok(Self.access)]),
        ]
    }

    /// Puts a program in the place of `ssh` that writes down what it was given, and ends with an exit code.
    private func install(_ fake: FakeSloop, ending code: String) throws {
        let program = try fake.write(
            "ssh",
            """
            #!/bin/sh
            exec >"\(fake.folder)/seen"
            printf '%s\\n' "$@"
            folder=$(/usr/bin/dirname "$4")
            /usr/bin/stat -c '%a' "$folder" "$4"
            /bin/cat "$4" "$folder/key-cert.pub" "$folder/known_hosts"
            \(code)
            """)
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: program)
    }

    @Test func sshIsGivenAKeyACertificateAndThePinnedHostKey() async throws {
        try await FakeSloop.run(replies()) { fake in
            try install(fake, ending: "exit 7")
            let outcome = await sloop("ssh", "web", "--", "ls", "-l", on: fake)
            #expect(outcome.code == 7)
            #expect(outcome.error == "")
            let seen = try fake.read("seen")
            let folder = try #require(
                seen.split(separator: "\n").first { $0.hasSuffix("/key") }.map { String($0.dropLast("/key".count)) })
            #expect(folder.hasPrefix(fake.folder + "/sloop-ssh-"))
            #expect(
                seen == """
                    -F
                    /dev/null
                    -i
                    \(folder)/key
                    -o
                    CertificateFile=\(folder)/key-cert.pub
                    -o
                    UserKnownHostsFile=\(folder)/known_hosts
                    -o
                    GlobalKnownHostsFile=/dev/null
                    -o
                    StrictHostKeyChecking=yes
                    -o
                    IdentitiesOnly=yes
                    -o
                    PreferredAuthentications=publickey
                    -o
                    ConnectTimeout=30
                    -o
                    ServerAliveInterval=15
                    -o
                    ServerAliveCountMax=4
                    -p
                    2222
                    -l
                    sloop
                    127.77.0.1
                    --
                    ls
                    -l
                    700
                    600
                    PRIVATE
                    CERTIFICATE
                    [127.77.0.1]:2222 ssh-ed25519 AAAAHOST

                    """)
            #expect(!FileManager.default.fileExists(atPath: folder))
        }
    }

    @Test func aSignalThatEndsSshIsInTheExitCode() async throws {
        try await FakeSloop.run(replies()) { fake in
            try install(fake, ending: "kill -9 $$")
            #expect(await sloop("ssh", "web", on: fake).code == 137)
            let left = try FileManager.default.contentsOfDirectory(atPath: fake.folder)
            #expect(left.sorted() == ["seen", "sloop.sock", "ssh"])
        }
    }

    /// Ctrl-C and SIGTERM must reach ssh, whatever the thread that starts it has blocked.
    @Test func sshHasNoSignalBlockedOrIgnored() async throws {
        try await FakeSloop.run { fake in
            let report = "exec grep -E '^Sig(Blk|Ign)' /proc/self/status >'\(fake.folder)/seen'"
            try Self.runBlocked("/bin/sh", ["-c", report])
            let seen = try fake.read("seen")
            for set in ["SigBlk:\t", "SigIgn:\t"] {
                let line = try #require(seen.split(separator: "\n").first { $0.hasPrefix(set) })
                // Signals from 32 on are real-time ones, of which glibc keeps the first two for itself.
                #expect((UInt64(line.dropFirst(set.count), radix: 16) ?? .max) & 0x7FFF_FFFF == 0)
            }
        }
    }

    /// Runs a program from a thread that has SIGTERM blocked, and waits for its end.
    private static func runBlocked(_ path: String, _ arguments: [String]) throws {
        var blocked = sigset_t()
        sigemptyset(&blocked)
        sigaddset(&blocked, SIGTERM)
        var former = sigset_t()
        pthread_sigmask(SIG_BLOCK, &blocked, &former)
        defer { pthread_sigmask(SIG_SETMASK, &former, nil) }
        let child = try ChildProcess.spawn(path, arguments, ["PATH": "/usr/bin:/bin"])
        var status: Int32 = 0
        waitpid(child, &status, 0)
    }

    @Test func aMachineWithoutSshSaysWhatToInstall() async throws {
        try await FakeSloop.run(replies()) { fake in
            let outcome = await sloop("ssh", "web", on: fake)
            #expect(outcome.error == "error: no 'ssh' on the PATH\ntip: install openssh-client\n")
            #expect(fake.calls == [])
        }
    }

    private static let instances: [SloopAPI.InstanceDetails] = [
        Sample.instance("web"),
        Sample.instance("db") {
            $0.publicAddress = "10.0.0.7"
            $0.port = 22
        },
    ]

    @Test func theConfigurationPinsEveryHostKey() async throws {
        try await FakeSloop.run([(SloopAPI.ListInstanceDetails.self, [.ok(["instances": Self.instances])])]) { fake in
            #expect(
                await sloop("ssh-config", on: fake).output == """
                    Host web
                        HostName 127.77.0.1
                        Port 2222
                        User sloop
                        StrictHostKeyChecking yes
                        GlobalKnownHostsFile /dev/null
                        UserKnownHostsFile /dev/null
                        KnownHostsCommand /bin/echo [127.77.0.1]:2222 ssh-ed25519 AAAAHOST
                    Host db
                        HostName 10.0.0.7
                        Port 22
                        User sloop
                        StrictHostKeyChecking yes
                        GlobalKnownHostsFile /dev/null
                        UserKnownHostsFile /dev/null
                        KnownHostsCommand /bin/echo 10.0.0.7 ssh-ed25519 AAAAHOST

                    """)
        }
    }

    @Test func theHostKeysCanGoToAFileOfTheirOwn() async throws {
        try await FakeSloop.run([(SloopAPI.ListInstanceDetails.self, [.ok(["instances": Self.instances])])]) { fake in
            let outcome = await sloop("ssh-config", "--known-hosts", "known", "--identity", "mine.pem", on: fake)
            #expect(outcome.output.contains("    UserKnownHostsFile \"\(fake.folder)/known\"\n"))
            #expect(outcome.output.contains("    IdentityFile \"\(fake.folder)/mine.pem\"\n    IdentitiesOnly yes\n"))
            let known = try fake.read("known")
            #expect(
                known == "[127.77.0.1]:2222 ssh-ed25519 AAAAHOST\n10.0.0.7 ssh-ed25519 AAAAHOST\n")
        }
    }

    /// The configuration is for OpenSSH's own parser, so that one reads it here.
    @Test(.enabled(if: FileManager.default.isExecutableFile(atPath: "/usr/bin/ssh"), "needs openssh-client"))
    func opensshUnderstandsTheConfiguration() async throws {
        try await FakeSloop.run([(SloopAPI.ListInstanceDetails.self, [.ok(["instances": Self.instances])])]) { fake in
            let config = try fake.write("config", await sloop("ssh-config", on: fake).output)
            let ssh = Process()
            let pipe = Pipe()
            ssh.executableURL = URL(filePath: "/usr/bin/ssh")
            ssh.arguments = ["-F", config, "-G", "web"]
            ssh.standardOutput = pipe
            try ssh.run()
            let read = String(decoding: try pipe.fileHandleForReading.readToEnd() ?? Data(), as: UTF8.self)
            ssh.waitUntilExit()
            for line in [
                "hostname 127.77.0.1", "port 2222", "user sloop", "stricthostkeychecking true",
                "knownhostscommand /bin/echo [127.77.0.1]:2222 ssh-ed25519 AAAAHOST",
            ] {
                #expect(read.split(separator: "\n").contains { $0 == line })
            }
        }
    }
}
