import Foundation
import SloopModel
import Testing

@testable import SloopEngine

extension PortRule {
    fileprivate init(_ transport: Transport, from: Int, to: Int, cidrs: [String] = [everybody]) {
        self.init(fromPort: from, toPort: to, protocol: transport, cidrs: cidrs)
    }
    fileprivate init(tcp port: Int) { self = .tcp(port) }
}

@Suite(.needsIncus, .serialized) struct IncusForwardTests {
    private func listening(_ bench: EngineBench, _ slot: Int, _ ports: [Int]) async throws -> MachineSpec {
        try await bench.listening(slot, ports)
    }

    private func tcp(_ address: String, _ port: Int) throws -> String { try Visit.heard("tcp", address, port) }

    private func udp(_ address: String) throws -> String { try Visit.heard("udp", address, 5353) }

    private func access(_ machine: MachineSpec, _ rules: PortRule..., at address: String? = nil) -> PublicAccess {
        PublicAccess(
            instance: machine.id, hostName: machine.hostName, place: machine.place,
            address: address ?? machine.publicAddress, rules: rules)
    }

    @Test func exactlyWhatTheRulesLetInIsReached() async throws {
        try await withIncus { bench, engine in
            let machine = try await listening(bench, 0, [80, 1005, 2000])
            let at = machine.publicAddress
            func open(_ rules: PortRule...) async throws {
                var access = access(machine)
                access.rules = rules
                for _ in 0..<2 { try await engine.setPublicAccess(access) }
            }
            #expect(try tcp(at, 80) == "machine-0 on 80\n")
            #expect(try tcp(at, 1005) == "")
            try await open(PortRule(.tcp, from: 1000, to: 1010), PortRule(.tcp, from: 1005, to: 1020))
            #expect(try tcp(at, 1005) == "machine-0 on 1005\n")
            #expect(try tcp(at, 80) == "" && tcp(at, 2000) == "" && udp(at) == "")
            try await open(PortRule(.udp, from: 0, to: 65535), PortRule(tcp: 80))
            #expect(try udp(at) == "machine-0 heard hello")
            #expect(try tcp(at, 80) == "machine-0 on 80\n" && tcp(at, 1005) == "")
            try await open(PortRule(.all, from: 0, to: 65535), PortRule(.icmp, from: 8, to: -1))
            #expect(try tcp(at, 80) == "machine-0 on 80\n" && tcp(at, 2000) == "machine-0 on 2000\n")
            #expect(try udp(at) == "machine-0 heard hello")
            try await open()
            #expect(try tcp(at, 80) == "" && tcp(at, 2000) == "")
            #expect(try await engine.publicAddresses() == [at: machine.id])
            #expect(try tcp(machine.place.address, 80) == "machine-0 on 80\n")
        }
    }

    @Test func anAddressMovesFromOneMachineToAnotherAndBack() async throws {
        try await withIncus { bench, engine in
            let one = try await listening(bench, 0, [80])
            let two = try await listening(bench, 1, [80])
            let free = engine.publicAddress(of: try await bench.order(0).place)
            let web = PortRule(tcp: 80)
            // A static address is attached: the usual one goes.
            try await engine.setPublicAccess(access(one, web, at: free))
            #expect(try await engine.publicAddresses() == [free: one.id, two.publicAddress: two.id])
            #expect(try tcp(free, 80) == "machine-0 on 80\n" && tcp(one.publicAddress, 80) == "")
            // It moves, and its former machine has its usual one again, in whichever order.
            for isSwapped in [false, true] {
                let orders = [access(two, web, at: free), access(one, web)]
                for order in isSwapped ? orders.reversed() : orders { try await engine.setPublicAccess(order) }
                #expect(try await engine.publicAddresses() == [free: two.id, one.publicAddress: one.id])
                #expect(try tcp(free, 80) == "machine-1 on 80\n" && tcp(one.publicAddress, 80) == "machine-0 on 80\n")
                for order in [access(one, web, at: free), access(two, web)] { try await engine.setPublicAccess(order) }
                #expect(try await engine.publicAddresses() == [free: one.id, two.publicAddress: two.id])
            }
            // Two that swap at once both have one in the end.
            for round in 0..<8 {
                let (first, second) = round % 2 == 0 ? (one, two) : (two, one)
                async let there: Void = engine.setPublicAccess(access(first, web, at: two.publicAddress))
                async let back: Void = engine.setPublicAccess(access(second, web, at: one.publicAddress))
                _ = try await (there, back)
                let all = try await engine.publicAddresses()
                #expect(all == [two.publicAddress: first.id, one.publicAddress: second.id], "round \(round)")
            }
        }
    }

    @Test func aForwardOfSomebodyElseStaysAsItIs() async throws {
        try await withIncus { bench, engine in
            let machine = try await bench.order(0)
            let path = "/1.0/networks/sloopbr0/forwards"
            // It even says our machine's id, but not our installation's.
            let foreign = IncusForward(
                listen_address: machine.publicAddress, description: "somebody",
                config: ["user.sloop.installation": "other", "user.sloop.instance": machine.id.value], ports: [])
            try await engine.client.change(.POST, path, foreign)
            let error = await #expect(throws: SloopError.self) {
                try await engine.setPublicAccess(PublicAccess(machine))
            }
            #expect(error?.code == .operationFailed && error?.message.contains(machine.publicAddress) == true)
            await #expect(throws: SloopError.self) { try await engine.create(machine) }
            #expect(try await engine.list().isEmpty)
            try await engine.delete(machine.id)
            #expect(try await engine.client.get("\(path)/\(machine.publicAddress)") == foreign)
            #expect(try await engine.publicAddresses().isEmpty)
            #expect(try await engine.list().isEmpty)
            try await engine.client.remove("\(path)/\(machine.publicAddress)")
        }
    }

    @Test func aMachineThatComesOrGoesDoesNotKeepAnotherFromItsAddress() async throws {
        try await withIncus { bench, engine in
            let (there, next) = (try await bench.order(0), try await bench.order(1))
            try await engine.create(there)
            try await engine.start(there.id)
            // Only with the first forward of all the ports are set.
            try await engine.removeForwards(of: there.id)
            let found = try await engine.find(IncusEngine.name(there.id))
            let port = try #require(found?.config["volatile.eth0.host_name"])
            // As it is for a moment in which a machine stops: Incus knows its port, which is not at the bridge any more.
            #expect(try run("ip", "link", "set", port, "nomaster").code == 0)
            async let made: Void = engine.create(next)
            for _ in 0..<2000 {
                if try await engine.find(IncusEngine.name(next.id)) != nil { break }
            }
            // It takes longer to make than its forward, which was refused once by then.
            try await engine.client.settle(IncusEngine.name(next.id))
            #expect(try run("ip", "link", "set", port, "master", "sloopbr0").code == 0)
            try await made
            #expect(try await engine.publicAddresses()[next.publicAddress] == next.id)
        }
    }

    /// The addresses, of those, that the bridge's rules do not pass on.
    private func notPassedOn(_ addresses: [String]) throws -> [String] {
        let rules = try run("nft", "-nn", "list", "table", "inet", "incus").out
        return addresses.filter { !rules.contains("\($0) ") }
    }

    @Test func addressesThatChangeAtOnceAreAllPassedOn() async throws {
        try await withIncus(isAlone: true) { bench, engine in
            var machines: [MachineSpec] = []
            for number in 0..<16 { machines.append(try await bench.order(number)) }
            for round in 0..<8 {
                try await withThrowingTaskGroup { group in
                    for machine in machines {
                        group.addTask { try await engine.setPublicAccess(PublicAccess(machine)) }
                    }
                    try await group.waitForAll()
                }
                #expect(try notPassedOn(machines.map(\.publicAddress)).isEmpty, "round \(round)")
                try await withThrowingTaskGroup { group in
                    for machine in machines { group.addTask { try await engine.delete(machine.id) } }
                    try await group.waitForAll()
                }
            }
        }
    }

    @Test func anAddressThatGoesWithAnotherProgramsLastOneIsGone() async throws {
        try await withIncus(isAlone: true) { bench, engine in
            let (mine, other) = (try await bench.order(0), try await bench.order(1))
            let path = "/1.0/networks/\(engine.settings.network)/forwards"
            let foreign = IncusForward(
                listen_address: other.publicAddress, description: "somebody", config: [:],
                ports: [.init(protocol: "tcp", listen_port: "80", target_address: other.place.address)])
            for _ in 0..<8 {
                try await engine.setPublicAccess(PublicAccess(mine))
                try await engine.client.change(.POST, path, foreign)
                // Incus refuses it if the rules that it takes away last are just taken away for ours.
                async let theirs: Void? = {
                    _ = try await engine.forwards()
                    try? await engine.client.remove("\(path)/\(other.publicAddress)")
                }()
                try await engine.removeForwards(of: mine.id)
                _ = try await theirs
                try await engine.client.remove("\(path)/\(other.publicAddress)")
                #expect(try await engine.publicAddresses().isEmpty)
            }
        }
    }

    @Test func anAddressThatAnotherChangeHasLostIsPassedOnAgain() async throws {
        try await withIncus(isAlone: true) { bench, engine in
            let (mine, other) = (try await bench.order(0), try await bench.order(1))
            let (network, access) = (engine.settings.network, PublicAccess(mine))
            let path = "/1.0/networks/\(network)/forwards"
            try await engine.setPublicAccess(access)
            func lose() throws {
                for chain in ["fwdprert", "fwdout", "fwdpstrt"] {
                    try run("nft", "flush", "chain", "inet", "incus", "\(chain).\(network)")
                }
                #expect(try notPassedOn([mine.publicAddress]) == [mine.publicAddress])
            }
            func look() async throws { #expect(try await engine.reach()?.isOtherwise(than: access) == false) }
            /// At two looks: the other program's change may be listed first, and be carried out then.
            func isPassedOnAgain() async throws {
                for _ in 0..<2 {
                    try lose()
                    try await look()
                    #expect(try notPassedOn([mine.publicAddress]).isEmpty)
                }
            }
            // A predecessor may have lost it.
            try await isPassedOnAgain()
            let foreign = IncusForward(listen_address: other.publicAddress, config: [:], ports: [])
            try await engine.client.change(.POST, path, foreign)
            try await isPassedOnAgain()
            // As after a call that was given up, which Incus may still carry out.
            await #expect(throws: SloopError.self) { try await engine.setPublicAccess(PublicAccess(other)) }
            try await isPassedOnAgain()
            try await engine.client.remove("\(path)/\(other.publicAddress)")
            try await isPassedOnAgain()
            // Nothing is written while nobody else changes anything.
            let before: IncusForward = try await engine.client.get("\(path)/\(mine.publicAddress)")
            try await look()
            #expect(try await engine.client.get("\(path)/\(mine.publicAddress)") == before)
            try await engine.delete(mine.id)
        }
    }

    @Test func anAddressWithoutAMachineIsListedAndGivenBack() async throws {
        try await withIncus { bench, engine in
            let machine = try await bench.order(0)
            try await engine.setPublicAccess(PublicAccess(machine))
            #expect(try await engine.publicAddresses() == [machine.publicAddress: machine.id])
            #expect(try await !engine.isFree(machine.place))
            try await engine.delete(machine.id)
            #expect(try await engine.publicAddresses().isEmpty)
        }
    }

    @Test func rulesThatCannotBeHeldAreRefusedAndChangeNothing() async throws {
        try await withIncus { bench, engine in
            let machine = try await bench.order(0)
            try await engine.setPublicAccess(PublicAccess(machine))
            let path = "/1.0/networks/sloopbr0/forwards/\(machine.publicAddress)"
            let before: IncusForward = try await engine.client.get(path)
            let some = PortRule(.all, from: 0, to: 65535, cidrs: ["192.0.2.0/24"])
            #expect(throws: SloopError.self) { try engine.check([some, PortRule(.icmp, from: 8, to: -1)]) }
            try engine.check([some, PortRule(.icmp, from: 8, to: -1, cidrs: ["192.0.2.1"])])
            for (rule, code) in [
                (PortRule(.icmp, from: 8, to: -1), SloopError.Code.notOffered),
                (PortRule(.icmpv6, from: -1, to: -1), .notOffered),
                (PortRule(.tcp, from: 22, to: 22, cidrs: []), .notOffered),
                (PortRule(.tcp, from: 22, to: 22, cidrs: ["::/0"]), .invalidInput),
            ] {
                let error = await #expect(throws: SloopError.self) {
                    try await engine.setPublicAccess(access(machine, PortRule(tcp: 81), rule))
                }
                #expect(error?.code == code, "\(rule)")
            }
            try engine.check([PortRule.tcp(22)])
            #expect(try await engine.client.get(path) == before)
            try await engine.delete(machine.id)
        }
    }
}
