import Foundation
import Testing

/// A TCP connection that sends whatever it is told, and reads one answer of HTTP/1.1 at a time.
final class RawConnection {
    /// An answer, or what came of it before the connection ended or ten seconds were over.
    struct Reply {
        var status = 0
        var headers: [String: String] = [:]
        var body = Data()
        /// Whether the server ended the connection after it.
        var isEnd = false

        var json: [String: Any] { (try? JSONSerialization.jsonObject(with: body)) as? [String: Any] ?? [:] }
        /// The name of the exception.
        var type: String { json["__type"] as? String ?? "" }

        /// Whether it is a refusal as AWS's clients can read it, which tells nothing of the inside.
        var isHonestRefusal: Bool {
            let text = String(decoding: body, as: UTF8.self)
            return (400..<500).contains(status) && headers["x-amzn-requestid"]?.count == 36
                && headers["content-type"] == "application/x-amz-json-1.1" && headers["x-amzn-errortype"] == type
                && json["message"] is String && !type.isEmpty
                && !["SQL", "GRDB", "sqlite", "NIO", ".swift"].contains { text.contains($0) }
        }
    }

    private let fd: Int32
    private var buffer = Data()

    init(port: Int, patience: Int = 10) throws {
        fd = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        try #require(fd >= 0)
        var time = timeval(tv_sec: patience, tv_usec: 0)
        setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &time, socklen_t(MemoryLayout<timeval>.size))
        setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &time, socklen_t(MemoryLayout<timeval>.size))
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(port).bigEndian
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        let size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let code = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { connect(fd, $0, size) }
        }
        try #require(code == 0)
    }

    deinit { close(fd) }

    /// Sends all of it, or what the server takes before it ends the connection. Says whether it took all.
    @discardableResult
    func send(_ data: Data) -> Bool {
        data.withUnsafeBytes { bytes in
            var rest = Slice(base: bytes, bounds: bytes.indices)
            while !rest.isEmpty {
                let count = Glibc.send(
                    fd, UnsafeRawBufferPointer(rebasing: rest).baseAddress, rest.count, Int32(MSG_NOSIGNAL))
                guard count > 0 else { return false }
                rest = rest.dropFirst(count)
            }
            return true
        }
    }

    @discardableResult
    func send(_ text: String) -> Bool { send(Data(text.utf8)) }

    /// Says that nothing more will come.
    func finish() { shutdown(fd, Int32(SHUT_WR)) }

    func reply(hasBody: Bool = true) -> Reply {
        var reply = Reply()
        guard let end = read(until: { $0.range(of: Data("\r\n\r\n".utf8)) }) else {
            reply.isEnd = true
            return reply
        }
        let lines = String(decoding: buffer[..<end.lowerBound], as: UTF8.self).components(separatedBy: "\r\n")
        buffer = Data(buffer[end.upperBound...])
        reply.status = Int(lines[0].split(separator: " ").dropFirst().first ?? "") ?? 0
        for line in lines.dropFirst() {
            let parts = line.split(separator: ":", maxSplits: 1).map { $0.trimmingCharacters(in: .whitespaces) }
            reply.headers[parts[0].lowercased()] = parts.count > 1 ? parts[1] : ""
        }
        guard hasBody, let length = reply.headers["content-length"].flatMap({ Int($0) }) else { return reply }
        _ = read(until: { $0.count >= length ? $0.startIndex..<$0.startIndex : nil })
        reply.body = Data(buffer.prefix(length))
        buffer = Data(buffer.dropFirst(length))
        return reply
    }

    /// Whether the server ends the connection, without another byte.
    func isEnded() -> Bool {
        read(until: { $0.isEmpty ? nil : $0.startIndex..<$0.startIndex }) == nil && atEnd
    }

    /// All that comes until the server ends the connection, or says nothing for ten seconds.
    func rest() -> Data {
        _ = read(until: { _ in nil })
        defer { buffer = Data() }
        return buffer
    }

    /// What comes until that is true of it, or the server ends the connection; it stays there for the next look.
    func text(until isEnough: (Data) -> Bool) -> String {
        _ = read(until: { isEnough($0) ? $0.startIndex..<$0.startIndex : nil })
        return String(decoding: buffer, as: UTF8.self)
    }

    private var atEnd = false

    private func read(until found: (Data) -> Range<Data.Index>?) -> Range<Data.Index>? {
        while true {
            if let range = found(buffer) { return range }
            var bytes = [UInt8](repeating: 0, count: 65536)
            let count = recv(fd, &bytes, bytes.count, 0)
            guard count > 0 else {
                // A timeout is no end.
                atEnd = count == 0 || errno == ECONNRESET
                return nil
            }
            buffer += bytes[..<count]
        }
    }
}
