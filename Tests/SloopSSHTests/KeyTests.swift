import Foundation
import SloopModel
@testable import SloopSSH
import Testing

/// Files that ssh-keygen made; gone with the test.
final class KeyFiles {
    let path = FileManager.default.temporaryDirectory.appending(path: "sloop-key-\(UUID().uuidString)").path
    deinit { for end in ["", ".pub"] { try? FileManager.default.removeItem(atPath: path + end) } }

    init(_ arguments: String...) throws {
        try shell(
            "ssh-keygen", "-q", "-f", path, arguments[0], arguments[1], "-N", arguments.count > 2 ? arguments[2] : "")
    }

    var publicLine: String { get throws { try String(contentsOfFile: path + ".pub", encoding: .utf8) } }
    var privateText: String { get throws { try String(contentsOfFile: path, encoding: .utf8) } }
}

@Suite struct KeyTests {
    @Test(arguments: ["ed25519", "rsa", "ecdsa"]) func fingerprintsAreThoseOfSSHKeygen(kind: String) throws {
        let files = try KeyFiles("-t", kind)
        let key = try SSHPublicKey(line: files.publicLine)
        let said = try shell("ssh-keygen", "-lf", files.path + ".pub").split(separator: " ")
        #expect(key.fingerprint == String(said[1]))
        #expect(try key.line == files.publicLine.trimmingCharacters(in: .newlines))
    }

    @Test func aKeyThatWeMadeIsReadBySSHKeygen() throws {
        let key = SSHPrivateKey.ed25519(comment: "laptop key")
        let path = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString).path
        defer { try? FileManager.default.removeItem(atPath: path) }
        _ = FileManager.default.createFile(
            atPath: path, contents: Data(key.openSSH.utf8), attributes: [.posixPermissions: 0o600])
        #expect(try shell("ssh-keygen", "-y", "-f", path) == key.publicKey.line + "\n")
        #expect(try SSHPrivateKey(parsing: key.openSSH).publicKey == key.publicKey)
    }

    @Test func aPrivateKeyThatSSHKeygenMadeIsRead() throws {
        let files = try KeyFiles("-t", "ed25519")
        let key = try SSHPrivateKey(parsing: files.privateText)
        #expect(try key.publicKey.line == files.publicLine.trimmingCharacters(in: .newlines))
    }

    static let good = SSHPrivateKey.ed25519(comment: "me").publicKey.line
    static let dsa = """
        ssh-dss AAAAB3NzaC1kc3MAAACBAP1/U4EddRIpUt9KnC7s5Of2EbdSPO9EAMMeP4C2USZpRV1AIlH7WT2NWPq/xfW6MPbLm1Vs14E7 old
        """

    @Test(arguments: [
        ("", "is empty"),
        ("hello world", "which is no algorithm of a key"),
        (dsa, "is a DSA key"),
        ("ssh-ed25519", "is cut off"),
        ("ssh-ed25519 !!!!", "is no base64"),
        (String(good.prefix(60)), "is cut off or damaged"),
        ("ssh-rsa " + good.split(separator: " ")[1], "its data are not of an ssh-rsa key"),
        (good + "\n" + good, "has more than one line"),
        ("from=\"10.0.0.1\" " + good, "which is no algorithm of a key"),
        ("---- BEGIN SSH2 PUBLIC KEY ----\nAAAA", "is in another format"),
        (SSHPrivateKey.ed25519(comment: "x").openSSH, "is a private key"),
    ])
    func whatIsNoPublicKeyIsRefusedByName(text: String, what: String) async {
        let error = await failure { _ = try SSHPublicKey(line: text) }
        #expect(error?.code == .invalidInput)
        #expect(error?.message.contains(what) == true, "\(error?.message ?? "no error")")
        #expect(error?.tip.isEmpty == false)
    }

    @Test func aCertificateGivenAsAKeyIsRefusedByName() async throws {
        let key = SSHPrivateKey.ed25519(comment: "me")
        let line = try UserCertificate.issue(
            for: key.publicKey, by: key, keyID: "x", principals: ["me"], validFrom: Date(), validUntil: Date())
        let error = await failure { _ = try SSHPublicKey(line: line) }
        #expect(error?.message == "the public key is a certificate")
    }

    @Test func aPrivateKeyThatCannotBeUsedSaysWhy() async throws {
        let rsa = try KeyFiles("-t", "rsa")
        let locked = try KeyFiles("-t", "ed25519", "secret words")
        #expect(await failure { _ = try SSHPrivateKey(parsing: rsa.privateText) }?.message.contains("ssh-rsa") == true)
        let encrypted = await failure { _ = try SSHPrivateKey(parsing: locked.privateText) }
        #expect(encrypted?.message == "the private key is encrypted with a passphrase")
        #expect(await failure { _ = try SSHPrivateKey(parsing: "garbage") }?.code == .invalidInput)
        let good = SSHPrivateKey.ed25519(comment: "x").openSSH
        let cut = good.replacingOccurrences(of: "AAAA", with: "")
        #expect(await failure { _ = try SSHPrivateKey(parsing: cut) }?.code == .invalidInput)
    }
}
