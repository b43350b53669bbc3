import Foundation
import Testing

/// Where the server listens, and how it says so.
@Suite(.needsSandbox) struct ListenTests {
    /// What `sloop serve` says that does not start.
    private func refusal(_ words: String...) throws -> Daemon.Run {
        let folder = URL(filePath: "/tmp/sloop-test-\(UUID().uuidString.prefix(13))")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let state = folder.appending(path: "state").path
        return try Daemon.run(
            Daemon.program,
            ["serve", "--state", state, "--engine", "local", "--catalog", Daemon.catalog] + words, [:], in: folder)
    }

    @Test func anAddressThatOthersReachNeedsTLS() throws {
        for address in ["0.0.0.0:0", "[::]:0", "192.0.2.1:0"] {
            let run = try refusal("--listen", address)
            #expect(run.code == 2)
            #expect(run.error.contains("without TLS they could read every answer\ntip: give --tls-cert"))
        }
    }

    @Test func anAddressIsAnIPAddressAndAPort() throws {
        for address in [
            "8080", "127.0.0.1", "127.0.0.1:x", "127.0.0.1:70000", "::1:8080", "[127.0.0.1]:1", "example.org:80", ":80",
        ] {
            let run = try refusal("--listen", address)
            #expect(run.code == 2)
            #expect(run.error.hasPrefix("error: '\(address)' is no address to listen at\n"), "\(run)")
        }
        #expect(try refusal("--tls-cert", "x").code == 2)
        #expect(try refusal("--listen", "127.0.0.1:0", "--tls-cert", "x").code == 2)
        #expect(try refusal("--listen", "127.0.0.1:0", "--region", "US_EAST").code == 2)
    }

    @Test func aPortThatIsTakenIsSaidAndNothingIsBegun() throws {
        let server = try SignedPort()
        let run = try refusal("--listen", "127.0.0.1:\(server.port)")
        #expect(run.code == 2)
        #expect(run.out == "")
        #expect(run.error.contains("error: cannot listen at 127.0.0.1, port \(server.port): Address already in use\n"))
    }

    @Test func withoutAPortNothingIsSaidOfOne() throws {
        let daemon = try Daemon()
        #expect(daemon.line.hasSuffix("state \(daemon.state))\n"))
        let run = try daemon.sloop("access-key", "create")
        #expect(run.error.contains("sloop serve --listen 127.0.0.1:8080"))
    }

    @Test func certificatesAreCheckedBeforeAnythingElse() throws {
        let folder = try certificate()
        defer { try? FileManager.default.removeItem(at: folder) }
        let (cert, key) = (folder.path + "/cert.pem", folder.path + "/key.pem")
        let missing = try refusal("--listen", "127.0.0.1:0", "--tls-cert", "/none", "--tls-key", key)
        #expect(missing.error.hasPrefix("error: /none cannot be used as a certificate\n"))
        let swapped = try refusal("--listen", "127.0.0.1:0", "--tls-cert", cert, "--tls-key", cert)
        #expect(swapped.error.hasPrefix("error: \(cert) cannot be used as a private key\n"))
        let other = try certificate()
        defer { try? FileManager.default.removeItem(at: other) }
        let foreign = try refusal("--listen", "127.0.0.1:0", "--tls-cert", cert, "--tls-key", other.path + "/key.pem")
        #expect(foreign.error.contains("cannot be used as the key of \(cert)\n"))
    }

    /// A folder with a certificate for 127.0.0.1 and its key.
    private func certificate() throws -> URL {
        let folder = URL(filePath: "/tmp/sloop-test-\(UUID().uuidString.prefix(13))")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let run = try Daemon.run(
            "/usr/bin/openssl",
            [
                "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj",
                "/CN=sloop", "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", "key.pem", "-out", "cert.pem",
            ], [:], in: folder)
        try #require(run.code == 0, "\(run.error)")
        return folder
    }

    @Test func callsGoOverTLS() throws {
        let folder = try certificate()
        defer { try? FileManager.default.removeItem(at: folder) }
        let server = try SignedPort("--tls-cert", folder.path + "/cert.pem", "--tls-key", folder.path + "/key.pem")
        #expect(server.daemon.line.contains(" and https://127.0.0.1:\(server.port)\n"))
        func curl(_ words: String...) throws -> Daemon.Run {
            let url = "https://127.0.0.1:\(server.port)/"
            return try Daemon.run(
                "/usr/bin/curl", ["-s", "-S", "--cacert", folder.path + "/cert.pem", url] + words, [:], in: folder)
        }
        #expect(try curl("-d", "{}").out.contains("MissingAuthenticationTokenException"))
        #expect(try curl("--tls-max", "1.1", "--tlsv1.0").code != 0)
        // A client that speaks no TLS is cut off, and hurts nobody.
        let plain = try server.connect()
        plain.send(server.bytes(SignedPort.Call()))
        #expect(plain.reply().status == 0)
        let call = server.bytes(SignedPort.Call())
        let head = try #require(String(decoding: call, as: UTF8.self).components(separatedBy: "\r\n\r\n").first)
        let headers = head.components(separatedBy: "\r\n").dropFirst().flatMap { ["-H", $0] }
        let url = "https://127.0.0.1:\(server.port)/"
        let answer = try Daemon.run(
            "/usr/bin/curl", ["-sS", "--cacert", folder.path + "/cert.pem", "-d", "{}", url] + headers, [:], in: folder)
        #expect(answer.out == #"{"instances":[]}"#, "\(answer)")
    }

    @Test func aClientThatNeverShakesHandsIsCutOff() throws {
        let folder = try certificate()
        defer { try? FileManager.default.removeItem(at: folder) }
        let server = try SignedPort(
            "--tls-cert", folder.path + "/cert.pem", "--tls-key", folder.path + "/key.pem", "--request-timeout", "1")
        #expect(try server.connect().isEnded())
    }

    @Test func anIdleConnectionIsClosedWithoutAWord() throws {
        let server = try SignedPort("--request-timeout", "1")
        let connection = try server.connect()
        #expect(try server.reply(on: connection).status == 200)
        #expect(connection.isEnded())
    }
}
