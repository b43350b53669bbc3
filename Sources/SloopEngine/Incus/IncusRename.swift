package import SloopModel

extension IncusEngine {
    package func rename(_ id: InstanceID, to hostName: String) async throws {
        let name = IncusEngine.name(id)
        try await start(id)
        try await calling("rename \(name)") {
            guard let machine = try await find(name), let old = machine.config["user.sloop.host-name"] else {
                throw IncusClient.Refusal(status: 404, message: "not found")
            }
            // The files first: as long as the machine is not called so, they are written again.
            let (code, output) = try await execute(IncusEngine.renaming(old, hostName), in: name)
            guard code == 0 else { throw SloopError(.operationFailed, "\(name) cannot be renamed: \(output)") }
            let change: [String: JSONObject] = [
                "description": .text("sloop \(hostName)"), "config": .object(["user.sloop.host-name": .text(hostName)]),
            ]
            try await client.change(.PATCH, "/1.0/instances/\(name)", change)
        }
    }

    /// Writes what Incus' templates wrote when the machine was made, and has sshd read its part of it.
    private static func renaming(_ old: String, _ new: String) -> String {
        """
        set -e
        for f in /etc/hostname /etc/hosts /etc/sloop-environment /etc/ssh/sloop_environment; do
            if [ -e $f ]; then sed -i 's/\\b\(old)\\b/\(new)/g' $f; fi
        done
        hostname \(new)
        kill -HUP "$(cat /run/sshd.pid)"
        """
    }
}
