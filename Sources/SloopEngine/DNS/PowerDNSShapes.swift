import SloopModel

extension PowerDNS {
    /// A zone on the wire; of what it does not name PowerDNS keeps what is so.
    struct Zone: Codable {
        var name: String?
        var kind: String?
        var account: String?
        var nameservers: [String]?
        var soa_edit_api: String?
        var rrsets: [RRSet]?

        init(rrsets: [RRSet]) { self.rrsets = rrsets }
    }

    struct RRSet: Codable {
        struct Record: Codable {
            var content: String
            var disabled: Bool? = false
        }

        /// With a dot at the end.
        var name: String
        var type: String
        var ttl: Int?
        var changetype: String? = "REPLACE"
        var records: [Record]? = []

        init(name: String, type: String, ttl: Int? = nil, changetype: String? = "REPLACE", records: [Record] = []) {
            self.name = name
            self.type = type
            self.ttl = ttl
            self.changetype = changetype
            self.records = records
        }

        init(_ set: DNSZone.RecordSet) {
            self.init(
                name: set.name + ".", type: set.type.rawValue, ttl: set.ttl,
                records: set.contents.sorted().map { Record(content: $0) })
        }

        func isAt(_ other: RRSet) -> Bool {
            type == other.type && DomainName.normal(name) == DomainName.normal(other.name)
        }

        func says(_ other: RRSet) -> Bool {
            let (own, others) = (records ?? [], other.records ?? [])
            return ttl == other.ttl && Set(own.map(\.content)) == Set(others.map(\.content))
                && !own.contains { $0.disabled == true }
        }
    }
}
