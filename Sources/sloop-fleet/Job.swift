import Foundation
import SloopModel
import SloopSSH

/// What is to be done on which hosts, as `job.json` in the job's folder says. Paths are absolute, or relative to it.
struct Job: Decodable {
    /// What is done on each host.
    enum Workload: String, Decodable {
        /// The command `true`.
        case `true`
        /// A launch script, with its output and exit code brought back.
        case script
        /// The new key is added and proven, the old one is removed and seen refused.
        case rotate
    }

    struct Host: Decodable {
        /// What its results are named.
        let id: String
        /// A numeric address.
        let host: String
        let port: Int
        let user: String
        /// The public line of the host key that it must show.
        let hostKey: String

        enum CodingKeys: String, CodingKey {
            case id, host, port, user
            case hostKey = "host_key"
        }
    }

    let workload: Workload
    /// How many hosts are talked to at once.
    let concurrency: Int
    let hosts: [Host]
    let oldKey: String
    let newKey: String?
    let oldPub: String?
    let newPub: String?
    let script: String?
    let outdir: String

    enum CodingKeys: String, CodingKey {
        case workload, concurrency, hosts, script, outdir
        case oldKey = "old_key"
        case newKey = "new_key"
        case oldPub = "old_pub"
        case newPub = "new_pub"
    }
}

/// The keys and the script of a job, read and checked.
struct Material: Sendable {
    let old: SSHPrivateKey
    /// Of a rotation: the new key, and both public lines.
    let rotation: (new: SSHPrivateKey, newLine: SSHPublicKey, oldLine: SSHPublicKey)?
    let script: String
    let outdir: URL

    init(_ job: Job, in folder: URL) throws {
        func data(_ path: String?, _ member: String) throws -> Data {
            guard let path else { throw SloopError(.invalidInput, "job.json lacks '\(member)'") }
            return try Data(contentsOf: URL(filePath: path, relativeTo: folder))
        }
        func text(_ path: String?, _ member: String) throws -> String {
            String(decoding: try data(path, member), as: UTF8.self)
        }
        old = try SSHPrivateKey(parsing: try text(job.oldKey, "old_key"))
        rotation =
            job.workload != .rotate
            ? nil
            : (
                try SSHPrivateKey(parsing: try text(job.newKey, "new_key")),
                try SSHPublicKey(line: try text(job.newPub, "new_pub")),
                try SSHPublicKey(line: try text(job.oldPub, "old_pub"))
            )
        script = job.workload == .script ? try text(job.script, "script") : ""
        outdir = URL(filePath: job.outdir, relativeTo: folder)
    }
}
