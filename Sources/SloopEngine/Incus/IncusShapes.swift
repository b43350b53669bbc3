import Foundation

// The parts of Incus' JSON that Sloop reads and writes, with Incus' own names.
// https://linuxcontainers.org/incus/docs/main/rest-api-spec/

extension IncusClient {
    struct Head: Decodable {
        let type: String
        let operation: String?
        let error: String?
        let error_code: Int?
    }

    struct Reply<Metadata: Decodable>: Decodable {
        let metadata: Metadata
    }

    struct Running: Decodable {
        let id: String
        let description: String?
        let status: String
        let status_code: Int
        let err: String?
        let resources: [String: [String]]?
        let metadata: JSONObject?

        func isOn(_ instance: String) -> Bool {
            resources?.values.joined().contains { $0.hasSuffix("/instances/\(instance)") } ?? false
        }
    }
}

/// JSON of which the shape does not matter.
enum JSONObject: Codable, Sendable, Equatable {
    case null
    case bool(Bool)
    case number(Double)
    case text(String)
    case list([JSONObject])
    case object([String: JSONObject])

    init(from decoder: any Decoder) throws {
        let value = try decoder.singleValueContainer()
        if value.decodeNil() {
            self = .null
        } else if let bool = try? value.decode(Bool.self) {
            self = .bool(bool)
        } else if let number = try? value.decode(Double.self) {
            self = .number(number)
        } else if let text = try? value.decode(String.self) {
            self = .text(text)
        } else if let list = try? value.decode([JSONObject].self) {
            self = .list(list)
        } else {
            self = .object(try value.decode([String: JSONObject].self))
        }
    }

    func encode(to encoder: any Encoder) throws {
        var value = encoder.singleValueContainer()
        switch self {
        case .null: try value.encodeNil()
        case .bool(let bool): try value.encode(bool)
        case .number(let number): try value.encode(number)
        case .text(let text): try value.encode(text)
        case .list(let list): try value.encode(list)
        case .object(let object): try value.encode(object)
        }
    }

    subscript(_ key: String) -> JSONObject? {
        if case .object(let object) = self { object[key] } else { nil }
    }
    var text: String? { if case .text(let text) = self { text } else { nil } }
    var number: Int? { if case .number(let number) = self { Int(number) } else { nil } }
}

struct IncusInstance: Codable, Sendable {
    struct Source: Codable, Sendable {
        let type: String
        var alias: String?
        /// The instance to copy, without its own snapshots.
        var source: String?
        var instance_only: Bool?
    }

    let name: String
    var description: String?
    var type: String?
    var status: String?
    /// When it was last started; year 1 if never.
    var last_used_at: String?
    var source: Source?
    var profiles: [String]?
    var config: [String: String]
    var devices: [String: [String: String]]
    var start: Bool?
}

struct IncusPower: Encodable, Sendable {
    let action: String
    var timeout = 30
    var force = false
}

/// What a machine does.
struct IncusNow: Decodable, Sendable {
    let status: String
    /// Of the machine's first process.
    let pid: Int
}

struct IncusNetwork: Decodable, Sendable {
    let config: [String: String]
}

/// What Incus says of itself.
struct IncusAbout: Decodable, Sendable {
    struct Environment: Decodable, Sendable {
        let server_version: String
        /// What runs instances: `lxc`, `lxc | qemu`.
        let driver: String?
        /// What filters packets: `nftables`, `xtables`.
        let firewall: String?

        /// Whether virtual machines can be made, which takes /dev/kvm and qemu.
        var hasVirtualMachines: Bool { driver?.contains("qemu") == true }
    }

    /// Nil for one whom Incus does not trust.
    let environment: Environment?
    let api_extensions: [String]?
}

struct IncusPool: Decodable, Sendable {
    let driver: String
    let config: [String: String]

    /// Whether a machine is cloned from an image without a copy of its files.
    var isCopyOnWrite: Bool {
        switch driver {
        case "btrfs", "zfs", "ceph": true
        case "lvm": config["lvm.use_thinpool"] != "false"
        default: false
        }
    }
}

struct IncusForward: Codable, Sendable, Equatable {
    struct Port: Codable, Sendable, Equatable {
        var description = ""
        let `protocol`: String
        let listen_port: String
        let target_address: String
        /// Nil for the same as listened at.
        var target_port: String?
    }

    let listen_address: String
    var description = ""
    var config: [String: String]
    var ports: [Port]
}

struct IncusImage: Decodable, Sendable {
    struct Alias: Decodable, Sendable { let name: String }

    let fingerprint: String
    let size: Int
    let uploaded_at: String
    let properties: [String: String]
    let aliases: [Alias]?
}

/// A volume of a pool's own, apart from those of instances and images.
struct IncusVolume: Codable, Sendable {
    struct Source: Codable, Sendable {
        var type = "copy"
        let name: String
        let pool: String
        var volume_only = true
    }

    let name: String
    var description: String?
    var type: String? = "custom"
    var content_type: String? = "filesystem"
    var config: [String: String]
    var source: Source?
    /// The paths of what it is attached to.
    var used_by: [String]?
}

/// What came with an instance's image: which files Incus writes into it, and when.
struct IncusMetadata: Codable, Sendable {
    struct Template: Codable, Sendable {
        let template: String
        var when: [String]
        var create_only: Bool? = false
        var properties: [String: String]?
    }

    var architecture: String
    var creation_date: Int
    var expiry_date: Int
    var properties: [String: String]?
    var templates: [String: Template]
}
