import SloopEngine
import SloopModel
import SloopSSH
import SloopStore

// What must be so at every step, whatever is at work and whoever has just died.

extension Run {
    /// Looks at the machine that was changed, and at all of them after a change of what is recorded.
    func watch(_ changed: Machine?) {
        guard let store = latest?.store else { return }
        do {
            let machines = changed.map { [$0] } ?? site.all
            try store.readNow { tables in
                for machine in machines { try mustNotBeLockedOut(of: machine, tables) }
                guard changed == nil else { return }
                for machine in machines { try mustBeKnown(machine, tables) }
            }
        } catch {
            fail("\(error)")
        }
    }

    /// Some key that we hold is accepted, and some key that its users hold.
    private func mustNotBeLockedOut(of machine: Machine, _ tables: Tables) throws {
        let name = machine.spec.hostName
        let row = try tables.find(machine.spec.id)
        // One that is kept ready, or was a moment ago, is no user's yet: none of his keys was ever known to be in it.
        let isTaken = try tables.keys(of: machine.spec.id, role: .user).contains { $0.status != .adding }
        let isNobodys = machine.readKeys.isEmpty && !isTaken
        guard isNobodys || wallet.holds(one: machine.readKeys) else {
            throw Violation("the users are locked out of \(name)")
        }
        let isHeld = try machine.readAccessKeys.contains { line in
            try tables.secret(SecretName.access(fingerprint(line))) != nil
        }
        // One without a row came after its creation was given up, and is about to be collected.
        guard isHeld || row == nil else {
            throw Violation("sloop is locked out of \(name)")
        }
    }

    /// What a machine is was written down before it was made, and so were the keys that Sloop puts into it.
    private func mustBeKnown(_ machine: Machine, _ tables: Tables) throws {
        let id = machine.spec.id
        for (role, lines) in [(InstanceKey.Role.user, machine.userKeys), (.access, machine.accessKeys)] {
            let known = Set(try tables.keys(of: id, role: role).map(\.publicKey))
            // Lines that somebody wrote by hand are nobody's business.
            guard let line = lines.first(where: { !known.contains($0) && !$0.hasSuffix(" friend") }) else { continue }
            guard try tables.remembers(id.value) else { throw Violation("the machine \(id) was never recorded") }
            guard try tables.find(id) != nil else { return }
            throw Violation("no row knows the key \(fingerprint(line)) in \(machine.spec.hostName)")
        }
    }

    func fingerprint(_ line: String) -> String {
        if let known = fingerprints[line] { return known }
        let made = (try? SSHPublicKey(line: line).fingerprint) ?? line
        fingerprints[line] = made
        return made
    }
}

extension Wallet {
    func holds(one of: [String]) -> Bool {
        of.contains { line in lines.contains(line.split(separator: " ").prefix(2).joined(separator: " ")) }
    }
}
