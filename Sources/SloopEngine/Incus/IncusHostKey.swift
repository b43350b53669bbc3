package import SloopModel

extension IncusEngine {
    package func hostKey(of id: InstanceID) async throws -> String? {
        let name = IncusEngine.name(id)
        return try await calling("read the host key of \(name)") {
            let path = "/1.0/instances/\(name)/files?path=/etc/ssh/ssh_host_ed25519_key.pub"
            return String(decoding: try await client.raw(path), as: UTF8.self)
        }
    }
}
