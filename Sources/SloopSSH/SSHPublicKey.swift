import Crypto
import Foundation
import SloopModel

/// A public key as OpenSSH writes it: `ssh-ed25519 AAAA… comment`.
package struct SSHPublicKey: Hashable, Sendable {
    package let algorithm: String
    /// The key in the binary format of SSH, which begins with the algorithm's name.
    package let blob: [UInt8]
    package let comment: String

    init(algorithm: String, blob: [UInt8], comment: String) {
        self.algorithm = algorithm
        self.blob = blob
        self.comment = comment
    }

    /// Reads one line. Throws `invalidInput` with what it is instead, if it is no public key that sshd would accept.
    package init(line: String) throws {
        let text = String(line[...].trimmingBlanks)
        try SSHPublicKey.refuseOthers(text)
        let words = text.split(maxSplits: 2, omittingEmptySubsequences: true) { $0 == " " || $0 == "\t" }.map(
            String.init)
        let algorithm = words[0]
        if algorithm == "ssh-dss" {
            throw SSHPublicKey.refusal("is a DSA key, which OpenSSH refuses since 2015")
        }
        if algorithm.contains("-cert-v0") {
            throw SSHPublicKey.refusal(
                "is a certificate", tip: "give the key that it certifies: the .pub file without -cert")
        }
        guard let fields = SSHPublicKey.fields[algorithm] else {
            throw SSHPublicKey.refusal("begins with '\(algorithm.prefix(40))', which is no algorithm of a key")
        }
        guard words.count > 1, let data = Data(base64Encoded: words[1]) else {
            throw SSHPublicKey.refusal("is cut off or damaged: its second word is no base64")
        }
        var reader = WireReader(data)
        guard reader.text() == algorithm else {
            throw SSHPublicKey.refusal("is damaged: its data are not of an \(algorithm) key")
        }
        let parts = (0..<fields).map { _ in reader.string() }
        guard parts.allSatisfy({ $0?.isEmpty == false }), reader.isAtEnd else {
            throw SSHPublicKey.refusal("is cut off or damaged: its data end in the wrong place")
        }
        if algorithm == "ssh-ed25519", parts[0]?.count != 32 {
            throw SSHPublicKey.refusal("is damaged: an ed25519 key has 32 bytes")
        }
        if algorithm == "ssh-rsa", let modulus = parts[1]?.drop(while: { $0 == 0 }), modulus.count < 128 {
            throw SSHPublicKey.refusal(
                "is an RSA key of \(modulus.count * 8) bits, which sshd refuses; the least is 1024")
        }
        self.init(algorithm: algorithm, blob: Array(data), comment: words.count > 2 ? words[2] : "")
    }

    /// How many fields follow the algorithm's name.
    private static let fields = [
        "ssh-ed25519": 1, "ssh-rsa": 2, "ecdsa-sha2-nistp256": 2, "ecdsa-sha2-nistp384": 2, "ecdsa-sha2-nistp521": 2,
        "sk-ssh-ed25519@openssh.com": 2, "sk-ecdsa-sha2-nistp256@openssh.com": 3,
    ]

    private static func refuseOthers(_ text: String) throws {
        if text.isEmpty { throw refusal("is empty") }
        if text.contains("PRIVATE KEY-----") {
            throw refusal(
                "is a private key: it was not kept, but whoever saw it has it",
                tip: "give the public half, the file that ends in .pub: ssh-keygen -y -f FILE")
        }
        if text.hasPrefix("-----BEGIN") || text.hasPrefix("---- BEGIN") {
            throw refusal("is in another format", tip: "convert it: ssh-keygen -i -f FILE, or -i -m PKCS8 -f FILE")
        }
        if text.utf8.contains(where: { $0 < 0x20 && $0 != 0x09 || $0 == 0x7F }) {
            throw refusal(
                "has more than one line, or control characters", tip: "give one line: algorithm, key, comment")
        }
    }

    private static func refusal(
        _ what: String, tip: String = "give one line like 'ssh-ed25519 AAAA… name'; see it with: ssh-keygen -lf FILE"
    ) -> SloopError {
        SloopError(.invalidInput, "the public key \(what)", tip: tip)
    }

    /// Algorithm and key, without the comment.
    package var bareLine: String { "\(algorithm) \(Data(blob).base64EncodedString())" }

    /// The whole line.
    package var line: String { comment.isEmpty ? bareLine : "\(bareLine) \(comment)" }

    /// As `ssh-keygen -l -E sha1` prints it, for clients that still show it.
    package var fingerprintSHA1: String {
        "SHA1:" + Data(Insecure.SHA1.hash(data: blob)).base64EncodedString().replacingOccurrences(of: "=", with: "")
    }

    /// As `ssh-keygen -lf` prints it: `SHA256:` and unpadded base64.
    package var fingerprint: String {
        "SHA256:" + Data(SHA256.hash(data: blob)).base64EncodedString().replacingOccurrences(of: "=", with: "")
    }
}

extension Substring {
    /// Without spaces, tabs and line ends around it.
    var trimmingBlanks: Substring {
        let start = drop { $0.isWhitespace }
        guard let last = start.lastIndex(where: { !$0.isWhitespace }) else { return start }
        return start[...last]
    }
}
