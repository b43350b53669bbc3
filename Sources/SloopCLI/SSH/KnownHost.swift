import LightsailAPI

extension SloopAPI.InstanceDetails {
    /// The line of a known_hosts file that pins the instance's host key.
    var knownHostsLine: String {
        // sshd's own port is the one that known_hosts leaves out.
        let host = port == 22 ? publicAddress : "[\(publicAddress)]:\(port)"
        return "\(host) \(hostKey.split(separator: " ").prefix(2).joined(separator: " "))"
    }
}
