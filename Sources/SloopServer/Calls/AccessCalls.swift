import LightsailAPI
import SloopModel
import SloopProvisioner

extension CallTable {
    /// The calls of ways into a machine.
    mutating func addAccessCalls() {
        add(Lightsail.GetInstanceAccessDetails.self) { caller, input in
            let name = try input.instanceName.required("instanceName")
            if let wanted = input.protocol, wanted != "ssh" {
                throw SloopError(
                    .notOffered, "'\(name)' is reached by ssh, not by '\(wanted.prefix(40))'", tip: "leave protocol out"
                )
            }
            return .init(accessDetails: .init(try await caller.instances.temporaryAccess(to: name)))
        }
        add(Lightsail.DeleteKnownHostKeys.self) { caller, input in
            let name = try input.instanceName.required("instanceName")
            return .init(operations: [.init(try await caller.instances.readHostKey(of: name), caller)])
        }
        add(Lightsail.UpdateInstanceMetadataOptions.self) { caller, input in
            let name = try input.instanceName.required("instanceName")
            guard input.httpEndpoint == nil || input.httpEndpoint == "disabled", input.httpTokens == nil,
                input.httpProtocolIpv6 == nil || input.httpProtocolIpv6 == "disabled"
            else {
                throw SloopError(
                    .notOffered, "'\(name)' has no metadata service at 169.254.169.254, so it cannot be configured",
                    tip: "give the machine what it needs by its launch script; httpEndpoint 'disabled' is accepted")
            }
            return .init(operation: .init(try await caller.instances.confirmMetadataIsOff(name), caller))
        }
    }
}

extension Lightsail.InstanceAccessDetails {
    init(_ access: TemporaryAccess) {
        let words = access.instance.hostKey.split(separator: " ").map(String.init)
        self.init(
            certKey: access.certificate, expiresAt: access.expiresAt, ipAddress: access.instance.publicAddress,
            ipv6Addresses: [], privateKey: access.privateKey, protocol: "ssh",
            instanceName: access.instance.name, username: access.instance.username,
            hostKeys: [
                Lightsail.HostKeyAttributes(
                    algorithm: words.first, publicKey: words.count > 1 ? words[1] : nil,
                    witnessedAt: access.instance.createdAt, fingerprintSHA1: access.hostKeyFingerprintSHA1,
                    fingerprintSHA256: access.hostKeyFingerprint)
            ])
    }
}
