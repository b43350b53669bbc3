import Foundation
import SloopModel

/// The addresses of one Sloop's local machines, out of 127.64.0.0 to 127.127.255.255, and their ports.
struct LoopbackPlaces {
    /// How many addresses there are: those that end in 0 or 255 are left out.
    static let count = 64 * 256 * 254

    /// 22, or 2222 where that cannot be bound.
    let sshPort: Int
    /// For a machine's own web service: 80, or 8080 where that cannot be bound.
    let webPort: Int
    private let offset: Int

    /// - Parameter installation: Sloops with different ids begin at different addresses, so that two of them on
    ///   one machine rarely meet.
    init(installation: String) {
        offset = Int(FNV1a(installation).value % UInt64(Self.count))
        // Asked at an address that no machine has. The host's own sshd on 0.0.0.0:22 takes port 22 everywhere.
        sshPort = Self.canBind("127.128.0.1", port: 22) ? 22 : 2222
        webPort = Self.canBind("127.128.0.1", port: 80) ? 80 : 8080
    }

    func place(slot: Int) -> MachinePlace? {
        guard (0..<Self.count).contains(slot) else { return nil }
        let number = (offset + slot) % Self.count
        let (block, host) = number.quotientAndRemainder(dividingBy: 254)
        return MachinePlace(address: "127.\(64 + block / 256).\(block % 256).\(host + 1)", port: sshPort)
    }

    func isFree(_ place: MachinePlace) -> Bool {
        Self.canBind(place.address, port: place.port) && Self.canBind(place.address, port: webPort)
    }

    /// Whether it is an address of this computer's own loopback network, written as usual.
    static func isLoopback(_ address: String) -> Bool {
        var parsed = in_addr()
        guard inet_pton(AF_INET, address, &parsed) == 1 else { return false }
        return UInt32(bigEndian: parsed.s_addr) >> 24 == 127
    }

    /// Binding finds also what does not answer; listeners count, connections that linger do not.
    private static func canBind(_ address: String, port: Int) -> Bool {
        var endpoint = sockaddr_in()
        endpoint.sin_family = sa_family_t(AF_INET)
        guard let port = in_port_t(exactly: port), inet_pton(AF_INET, address, &endpoint.sin_addr) == 1 else {
            return false
        }
        endpoint.sin_port = port.bigEndian
        let raw = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard raw >= 0 else { return false }
        return Descriptor(adopting: raw).use { raw in
            var yes: Int32 = 1
            setsockopt(raw, SOL_SOCKET, SO_REUSEADDR, &yes, socklen_t(MemoryLayout.size(ofValue: yes)))
            return withUnsafePointer(to: &endpoint) {
                $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    bind(raw, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
                }
            }
        }
    }
}
