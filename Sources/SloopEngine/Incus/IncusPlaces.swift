import Foundation
import SloopModel

/// The addresses that a bridge of Incus' has for Sloop's machines: those below its DHCP range.
struct IncusPlaces: Sendable {
    /// The bridge's own address: the machines' gateway and name server.
    let gateway: IPv4
    /// Bits of the network's prefix.
    let width: Int
    /// The first address that is not ours.
    private let end: IPv4
    /// How many addresses are ours.
    let count: Int
    /// The first of the addresses by which machines are reached from outside; nil if they have none of their own.
    private let publicBase: IPv4?
    var hasPublicAddresses: Bool { publicBase != nil }
    private let offset: Int

    /// - Parameters:
    ///   - config: the network's, as Incus has it. `user.sloop.public` is the base of the public addresses.
    ///   - installation: Sloops with different ids begin at different addresses, so that two of them rarely meet.
    init(_ config: [String: String], name: String, installation: String) throws {
        let parts = (config["ipv4.address"] ?? "").split(separator: "/")
        guard parts.count == 2, let gateway = IPv4(String(parts[0])), let width = Int(parts[1]),
            (8...30).contains(width)
        else {
            throw SloopError(
                .operationFailed, "the network '\(name)' of Incus has no IPv4 range",
                tip: "set Incus up: scripts/install-incus")
        }
        self.gateway = gateway
        self.width = width
        let size = UInt32(1) << UInt32(32 - width)
        let base = gateway.number & ~(size - 1)
        let ranges = (config["ipv4.dhcp.ranges"] ?? "").split(separator: ",")
        let starts = ranges.compactMap { $0.split(separator: "-").first.flatMap { IPv4(String($0)) } }
        let isDHCP = config["ipv4.dhcp"] != "false"
        // Without a range of its own DHCP gives out all addresses: then the lower half is taken to be ours.
        end = starts.min() ?? IPv4(number: isDHCP ? base + size / 2 : base + size - 1)
        let count = max(0, Int(end.number) - Int(gateway.number) - 1)
        self.count = count
        offset = count == 0 ? 0 : Int(FNV1a(installation).value % UInt64(count))
        publicBase = config["user.sloop.public"].flatMap { $0.split(separator: "/").first.flatMap { IPv4(String($0)) } }
    }

    func place(slot: Int) -> MachinePlace? {
        guard (0..<count).contains(slot) else { return nil }
        return MachinePlace(
            address: IPv4(number: gateway.number + 1 + UInt32((offset + slot) % count)).description, port: 22)
    }

    /// The hardware address that goes with the address. With one of its own, a new machine at an earlier one's address
    /// would not be reached until the host had forgotten the earlier one's, which takes ten seconds and more.
    func hardwareAddress(of address: String) -> String {
        let number = IPv4(address)?.number ?? 0
        let bytes = [24, 16, 8, 0].map { number >> $0 & 255 }
        // Locally administered.
        return "02:51:" + bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined(separator: ":")
    }

    /// The address by which the machine at that private one is reached from outside.
    func publicAddress(of address: String) -> String {
        guard let publicBase, let own = IPv4(address) else { return address }
        return IPv4(number: publicBase.number + (own.number - gateway.number)).description
    }
}

/// An IPv4 address as the number that it is.
struct IPv4: Comparable, CustomStringConvertible, Sendable {
    let number: UInt32

    init(number: UInt32) { self.number = number }

    init?(_ text: String) {
        var parsed = in_addr()
        guard inet_pton(AF_INET, text, &parsed) == 1 else { return nil }
        number = UInt32(bigEndian: parsed.s_addr)
    }

    var description: String {
        [24, 16, 8, 0].map { "\(number >> $0 & 255)" }.joined(separator: ".")
    }

    static func < (one: IPv4, other: IPv4) -> Bool { one.number < other.number }
}
