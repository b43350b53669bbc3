import CLibSSH2

/// What we propose in the handshake.
enum Methods {
    private static let hostKeys = [
        "ssh-ed25519", "ecdsa-sha2-nistp256", "ecdsa-sha2-nistp384", "ecdsa-sha2-nistp521", "ssh-rsa",
    ]
    // 1.11 has it, and crashes if the two directions are not set alike.
    static let hasGCM = libssh2_version(0x010b00) != nil
    private static let ciphers =
        (hasGCM ? "aes128-gcm@openssh.com,aes256-gcm@openssh.com," : "") + "aes128-ctr,aes192-ctr,aes256-ctr"

    /// The pinned key's kind first: a server that has several must show that one.
    static func prefer(_ algorithm: String, in session: OpaquePointer?) {
        var order = hostKeys.filter { $0 != algorithm }
        if hostKeys.contains(algorithm) { order.insert(algorithm, at: 0) }
        if hasGCM { order = order.flatMap { $0 == "ssh-rsa" ? ["rsa-sha2-512", "rsa-sha2-256", $0] : [$0] } }
        libssh2_session_method_pref(session, LIBSSH2_METHOD_HOSTKEY, order.joined(separator: ","))
        libssh2_session_method_pref(session, LIBSSH2_METHOD_CRYPT_CS, ciphers)
        libssh2_session_method_pref(session, LIBSSH2_METHOD_CRYPT_SC, ciphers)
    }
}
