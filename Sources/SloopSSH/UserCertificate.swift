package import Foundation

/// OpenSSH user certificates (OpenSSH's PROTOCOL.certkeys): a key that a machine accepts because an authority that it
/// trusts has signed it.
package enum UserCertificate {
    private static let name = "ssh-ed25519-cert-v01@openssh.com"
    private static let extensions = [
        "permit-X11-forwarding", "permit-agent-forwarding", "permit-port-forwarding", "permit-pty", "permit-user-rc",
    ]

    /// The certificate's line for an ed25519 key.
    ///
    /// - Parameter principals: the users that it may log in as.
    package static func issue(
        for subject: SSHPublicKey, by authority: SSHPrivateKey, keyID: String, principals: [String],
        validFrom: Date, validUntil: Date
    ) throws -> String {
        var writer = WireWriter()
        writer.string(name)
        writer.string((0..<32).map { _ in UInt8.random(in: .min ... .max) })
        var reader = WireReader(subject.blob)
        _ = reader.string()
        writer.string(Array(reader.string() ?? []))
        writer.long(UInt64.random(in: 1 ... .max))
        writer.number(1)
        writer.string(keyID)
        var users = WireWriter()
        for principal in principals { users.string(principal) }
        writer.string(users.bytes)
        writer.long(UInt64(max(0, validFrom.timeIntervalSince1970)))
        writer.long(UInt64(max(0, validUntil.timeIntervalSince1970)))
        writer.string("")
        var allowed = WireWriter()
        for one in extensions {
            allowed.string(one)
            allowed.string("")
        }
        writer.string(allowed.bytes)
        writer.string("")
        writer.string(authority.publicKey.blob)
        var signature = WireWriter()
        signature.string("ssh-ed25519")
        signature.string(try authority.sign(writer.bytes))
        writer.string(signature.bytes)
        return "\(name) \(Data(writer.bytes).base64EncodedString()) \(keyID)"
    }
}
