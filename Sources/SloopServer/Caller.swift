import LightsailAPI
import SloopModel
package import SloopProvisioner

/// Who makes a call: what Sloop does for him, and how things are named to him.
@dynamicMemberLookup
package struct Caller: Sendable {
    package let services: AccountServices
    /// The name of the region that everything is in.
    package let region: String
    /// Whether it is the region in which Lightsail has what belongs to none: domains.
    let isHome: Bool

    package init(services: AccountServices, region: String, isHome: Bool = true) {
        self.services = services
        self.region = region
        self.isHome = isHome
    }

    package subscript<Value>(dynamicMember member: KeyPath<AccountServices, Value>) -> Value {
        services[keyPath: member]
    }

    /// The name by which a resource is unique among all of all accounts.
    func arn(_ type: String, _ id: String) -> String {
        "arn:aws:lightsail:\(region):\(services.account.number):\(type)/\(id)"
    }

    /// The same, of what is in no region.
    func globalARN(_ type: String, _ id: String) -> String {
        "arn:aws:lightsail:global:\(services.account.number):\(type)/\(id)"
    }

    /// What a person gives to ask for help with a resource.
    func supportCode(_ id: String) -> String { "\(services.account.number)/\(id)" }

    /// An id as the machines behind Lightsail have it, e.g. `i-0123456789abcdef0`.
    static func cloudID(_ kind: String, _ id: String) -> String {
        "\(kind)-0\(id.filter { $0 != "-" }.prefix(16))"
    }

    /// The place of what is in one zone: an instance, a disk.
    func location(zone: String) -> Lightsail.ResourceLocation {
        Lightsail.ResourceLocation(availabilityZone: region + zone, regionName: region)
    }

    /// The place of what is in no zone: a key pair, a static address, a snapshot.
    var regional: Lightsail.ResourceLocation {
        Lightsail.ResourceLocation(availabilityZone: "all", regionName: region)
    }

    /// The place of what is in no region: a domain.
    static let global = Lightsail.ResourceLocation(availabilityZone: "all", regionName: "global")

    /// The letters of the zones. All of them are the same machine, or the same cluster: clients write many into their files.
    static let zones = ["a", "b", "c", "d", "e", "f"]

    /// The letter of a zone that a client named, e.g. `us-east-1a`; `any` is the first.
    func zone(_ name: String) throws -> String {
        if name == "any" { return Caller.zones[0] }
        guard name.hasPrefix(region), let letter = Caller.zones.first(where: { name == region + $0 }) else {
            throw SloopError(
                .invalidInput, "there is no availability zone '\(name.prefix(80))'",
                tip: "use \(region)\(Caller.zones[0]); see: GetRegions with includeAvailabilityZones")
        }
        return letter
    }
}

extension Caller {
    /// Lightsail's tags of what Sloop keeps as a dictionary, by key.
    static func wire(_ tags: [String: String]) -> [Lightsail.Tag] {
        tags.sorted { $0.key < $1.key }.map { Lightsail.Tag(key: $0.key, value: $0.value) }
    }

    /// The tags of a request. A key without a value has an empty one; a key that comes twice is an error.
    static func tags(_ tags: [Lightsail.Tag]?) throws -> [String: String] {
        try (tags ?? []).reduce(into: [:]) { all, tag in
            let key = try tag.key.required("tags.key")
            guard all.updateValue(tag.value ?? "", forKey: key) == nil else {
                throw SloopError(.invalidInput, "the tag '\(key)' is given twice", tip: "give each key once")
            }
        }
    }
}
