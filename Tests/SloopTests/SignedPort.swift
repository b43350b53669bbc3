import Foundation
import LightsailAPI
import Testing

/// A server with a port for signed calls, and an access key of an account of its own.
final class SignedPort {
    let daemon: Daemon
    let port: Int
    let id: String
    let secret: String

    init(_ more: String...) throws {
        daemon = try Daemon(arguments: ["--listen", "127.0.0.1:0"] + more)
        let url = try #require(daemon.line.firstMatch(of: /and https?:\/\/127\.0\.0\.1:([0-9]+)\n/), "\(daemon.line)")
        port = try #require(Int(url.1))
        let key = try daemon.json("access-key", "create", "--account", "blue")
        id = try #require(key["accessKeyId"] as? String)
        secret = try #require(key["secretAccessKey"] as? String)
    }

    /// One call, signed as clients do; each part may be another one than what was signed.
    struct Call {
        var target: String? = "Lightsail_20161128.GetInstances"
        var body = Data("{}".utf8)
        var date = Date()
        var id: String?
        var secret: String?
        var region = "us-east-1"
        var method = "POST"
        var path = "/"
        /// Changes the headers after they were signed.
        var tamper: (inout [(name: String, value: String)]) -> Void = { _ in }
        var sentBody: Data?
    }

    /// The bytes of the call.
    func bytes(_ call: Call) -> Data {
        var headers: [(name: String, value: String)] = [
            (name: "Host", value: "127.0.0.1:\(port)"), ("Content-Type", "application/x-amz-json-1.1"),
            ("X-Amz-Date", AmazonTime.text(call.date)),
        ]
        if let target = call.target { headers.append(("X-Amz-Target", target)) }
        let signer = SigV4Signer(
            accessKeyID: call.id ?? id, secret: call.secret ?? secret, region: call.region)
        let request = SigV4Request(
            method: call.method, target: call.path, headers: headers, bodyHash: SigV4Request.hash(call.body))
        headers.append(("Authorization", signer.authorization(for: request, at: call.date)))
        let body = call.sentBody ?? call.body
        headers.append(("Content-Length", "\(body.count)"))
        call.tamper(&headers)
        let head = "\(call.method) \(call.path) HTTP/1.1\r\n" + headers.map { "\($0.name): \($0.value)\r\n" }.joined()
        return Data((head + "\r\n").utf8) + body
    }

    func connect() throws -> RawConnection { try RawConnection(port: port) }

    func reply(_ change: (inout Call) -> Void = { _ in }, on connection: RawConnection? = nil) throws
        -> RawConnection.Reply
    {
        var call = Call()
        change(&call)
        let connection = try connection ?? connect()
        connection.send(bytes(call))
        return connection.reply()
    }

    /// Deletes an instance and waits until its machine is gone: the server's end would leave it running.
    func remove(_ instance: String, id: String? = nil, secret: String? = nil) {
        func call(_ name: String) -> RawConnection.Reply? {
            try? reply {
                ($0.id, $0.secret) = (id, secret)
                $0.target = "Lightsail_20161128.\(name)"
                $0.body = Data(#"{"instanceName":"\#(instance)"}"#.utf8)
            }
        }
        _ = call("DeleteInstance")
        let end = Date() + 30
        while call("GetInstance")?.status == 200, Date() < end { usleep(20_000) }
    }

    /// What the server said of its own failures.
    func failures() throws -> String {
        try String(contentsOfFile: daemon.log, encoding: .utf8).split(separator: "\n")
            .filter { $0.contains("error") || $0.contains("critical") }.joined(separator: "\n")
    }
}
