import NIOCore
import SloopModel

/// Where the server takes signed calls: an IP address and a port.
package struct ListenAddress: Sendable, Equatable {
    package let host: String
    /// 0 for any that is free.
    package let port: Int
    private let isIPv6: Bool
    /// Whether only this computer can reach it.
    package let isLoopback: Bool

    /// Reads `127.0.0.1:8080`, `[::1]:8080` or `localhost:8080`. Throws `invalidInput` for anything else.
    package init(parsing text: String) throws {
        let wrong = SloopError(
            .invalidInput, "'\(text)' is no address to listen at",
            tip: "give an IP address and a port: --listen 127.0.0.1:8080, or --listen '[::1]:8080'")
        guard let colon = text.lastIndex(of: ":"), let port = Int(text[text.index(after: colon)...]),
            (0...65535).contains(port)
        else { throw wrong }
        var name = String(text[..<colon])
        isIPv6 = name.hasPrefix("[") && name.hasSuffix("]")
        if isIPv6 { name = String(name.dropFirst().dropLast()) }
        if name == "localhost" { name = "127.0.0.1" }
        guard let address = try? SocketAddress(ipAddress: name, port: port) else { throw wrong }
        switch address {
        case .v4: isLoopback = name.hasPrefix("127.")
        case .v6: isLoopback = name == "::1"
        case .unixDomainSocket: throw wrong
        }
        guard isIPv6 == (address.protocol == .inet6) else { throw wrong }
        host = name
        self.port = port
    }

    /// What clients are given, with the port that the server has.
    func url(port: Int, isSecure: Bool) -> String {
        "\(isSecure ? "https" : "http")://\(isIPv6 ? "[\(host)]" : host):\(port)"
    }
}
