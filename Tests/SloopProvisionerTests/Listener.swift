import Foundation
import SloopModel

/// Somebody who has taken an address and port.
final class Listener {
    private let fd: Int32

    init(_ address: String, _ port: Int) throws {
        fd = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        var name = sockaddr_in()
        name.sin_family = sa_family_t(AF_INET)
        name.sin_port = in_port_t(port).bigEndian
        let isBound =
            inet_pton(AF_INET, address, &name.sin_addr) == 1
            && withUnsafePointer(to: &name) {
                $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    bind(fd, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
                }
            }
        guard isBound && listen(fd, 1) == 0 else {
            throw SloopError(.unexpected, "\(address) port \(port) cannot be taken")
        }
    }

    deinit { close(fd) }
}
