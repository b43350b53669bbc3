import SloopModel

/// The files under /etc that are a machine's own.
enum SandboxFiles {
    /// The uid inside of the sandbox where we are no root outside of it.
    static let innerUser: UInt32 = 1000

    static func etc(_ machine: MachineSpec, _ settings: MachineFolder.Settings) -> [(name: String, text: String)] {
        let user = machine.username
        let uid = settings.owner.isServer ? innerUser : settings.owner.uid
        return [
            (
                "passwd",
                """
                root:x:0:0:root:/root:/usr/sbin/nologin
                sshd:x:74:65534::/run/sshd:/usr/sbin/nologin
                \(user):x:\(uid):\(uid)::/home/\(user):/bin/bash
                nobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin

                """
            ),
            ("group", "root:x:0:\n\(user):x:\(uid):\nnogroup:x:65534:\n"),
            ("hosts", "127.0.0.1 localhost\n\(machine.place.address) \(machine.hostName)\n::1 localhost\n"),
            ("hostname", "\(machine.hostName)\n"),
            ("nsswitch.conf", "passwd: files\ngroup: files\nhosts: files dns\n"),
            ("ca.pub", "\(machine.certificateAuthority)\n"),
            ("sshd_config", sshd(machine, settings)),
        ]
    }

    private static func sshd(_ machine: MachineSpec, _ settings: MachineFolder.Settings) -> String {
        """
        ListenAddress \(machine.place.address)
        Port \(machine.place.port)
        HostKey /etc/ssh/host_key
        AuthorizedKeysFile \(MachinePaths.accessKeys) .ssh/authorized_keys
        TrustedUserCAKeys /etc/ssh/ca.pub
        PidFile /run/sloop/sshd.pid
        AllowUsers \(machine.username)
        PasswordAuthentication no
        KbdInteractiveAuthentication no
        UsePAM no
        UseDNS no
        PrintMotd no
        MaxStartups 200
        AcceptEnv LANG LC_*
        SetEnv SLOOP_INSTANCE=\(machine.hostName) SLOOP_ADDRESS=\(machine.place.address) SLOOP_PORT_HTTP=\(settings.web)
        Subsystem sftp internal-sftp

        """
    }
}
