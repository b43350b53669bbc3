import Foundation
import SloopModel
import Testing

@testable import SloopEngine

/// Ports that are open to some addresses alone, tried by a client from outside who has two.
@Suite(.needsIncus, .serialized) struct IncusSourceTests {
    private func withOutsider(_ body: (EngineBench, IncusEngine, Outsider) async throws -> Void) async throws {
        let outsider = try Outsider()
        let result: Result<Void, any Error>
        do { result = .success(try await withIncus(isAlone: true) { try await body($0, $1, outsider) }) } catch {
            result = .failure(error)
        }
        try outsider.leave()
        try result.get()
    }

    private func rule(_ port: Int, _ cidrs: String..., transport: PortRule.Transport = .tcp) -> PortRule {
        PortRule(fromPort: port, toPort: port, protocol: transport, cidrs: cidrs)
    }

    private func access(_ machine: MachineSpec, _ rules: [PortRule], at address: String? = nil) -> PublicAccess {
        PublicAccess(
            instance: machine.id, hostName: machine.hostName, place: machine.place,
            address: address ?? machine.publicAddress, rules: rules)
    }

    /// Which of the outsider's two addresses get in, of two tries each: a busy computer is slow to answer.
    private func whoGetsIn(_ outsider: Outsider, _ address: String, _ port: Int, _ transport: String = "tcp") throws
        -> [Bool]
    {
        try outsider.addresses.map { source in
            try (0..<2).contains { _ in try Visit.heard(transport, address, port, by: outsider, from: source) != "" }
        }
    }

    /// Our rules of the bridge's ACL.
    private func rules(_ engine: IncusEngine) async throws -> [IncusACL.Rule] {
        let acl: IncusACL? = try await engine.client.find("/1.0/network-acls/\(engine.aclName)")
        return acl?.ingress ?? []
    }

    @Test func whomTheRulesLetInGetsInAndNobodyElse() async throws {
        try await withOutsider { bench, engine, outsider in
            let machine = try await bench.listening(0, [80, 81])
            let (at, (one, other)) = (machine.publicAddress, (outsider.addresses[0], outsider.addresses[1]))
            func open(_ rules: PortRule...) async throws {
                for _ in 0..<2 { try await engine.setPublicAccess(access(machine, rules)) }
            }
            #expect(try whoGetsIn(outsider, at, 80) == [true, true])
            try await open(rule(22, "203.0.113.0/24"), rule(80, "\(one)/32"), rule(81, "0.0.0.0/0"))
            #expect(try whoGetsIn(outsider, at, 80) == [true, false])
            #expect(try whoGetsIn(outsider, at, 81) == [true, true])
            // Not by the machine's private address either, for whom it is routed.
            #expect(try whoGetsIn(outsider, machine.place.address, 80) == [true, false])
            #expect(try whoGetsIn(outsider, at, 22) == [false, false])
            // Sloop itself is never kept out, nor is this computer.
            #expect(try bench.ssh(machine, bench.access, "echo in").out == "in\n")
            #expect(try Visit.heard("tcp", at, 80) != "")
            // The other one in its place; then both, in one rule for all.
            try await open(rule(80, other), rule(5353, one, transport: .udp))
            #expect(try whoGetsIn(outsider, at, 80) == [false, true])
            #expect(try whoGetsIn(outsider, at, 81) == [false, false])
            #expect(try whoGetsIn(outsider, at, 5353, "udp") == [true, false])
            try await open(PortRule(fromPort: 0, toPort: 65535, protocol: .all, cidrs: [one]))
            #expect(try whoGetsIn(outsider, at, 81) == [true, false])
            #expect(try whoGetsIn(outsider, at, 5353, "udp") == [true, false])
            // It stays through a stop, a start, and a new server.
            try await engine.stop(machine.id)
            try await bench.reopened().start(machine.id)
            try await bench.waitForLogin(machine)
            #expect(try whoGetsIn(outsider, at, 22) == [true, false])
            try await open(rule(22, "0.0.0.0/0"))
            #expect(try whoGetsIn(outsider, at, 22) == [true, true])
            #expect(try await rules(engine).isEmpty)
        }
    }

    @Test func aMachinesRestrictionsGoWithItAndStayWhenItsAddressMoves() async throws {
        try await withOutsider { bench, engine, outsider in
            let machine = try await bench.listening(0, [80])
            let only = [rule(80, outsider.addresses[0])]
            try await engine.setPublicAccess(access(machine, only))
            let free = engine.publicAddress(of: try await bench.order(0).place)
            try await engine.setPublicAccess(access(machine, only, at: free))
            #expect(try whoGetsIn(outsider, free, 80) == [true, false])
            #expect(try whoGetsIn(outsider, machine.publicAddress, 80) == [false, false])
            #expect(try await engine.leftovers() == [machine.id])
            // By a server that knows nothing yet.
            let next = try await IncusEngine(.standard, installation: engine.installation, settings: engine.settings)
            try await next.delete(machine.id)
            #expect(try await rules(engine).isEmpty)
            #expect(try await engine.leftovers().isEmpty)
        }
    }

    @Test func whatOnlyHasRulesIsFoundAndTakenAway() async throws {
        try await withOutsider { bench, engine, _ in
            let machine = try await bench.order(0)
            try await engine.setPublicAccess(access(machine, [rule(80, "192.0.2.1")]))
            try await engine.removeForwards(of: machine.id)
            #expect(try await engine.leftovers() == [machine.id])
            // The next one at that address is not kept from its visitors by it.
            var next = try await bench.order(0)
            next.place = machine.place
            next.publicAddress = machine.publicAddress
            try await engine.setPublicAccess(access(next, [rule(80, "192.0.2.2")]))
            #expect(try await rules(engine).map { $0.description } == ["sloop \(next.id)"])
            try await engine.delete(machine.id)
            #expect(try await rules(engine).count == 1)
            try await engine.delete(next.id)
            #expect(try await rules(engine).isEmpty)
        }
    }

    @Test func manyChangesAtOnceLoseNothing() async throws {
        try await withIncus(isAlone: true) { bench, engine in
            var machines: [MachineSpec] = []
            for number in 0..<6 { machines.append(try await bench.order(number)) }
            try await withThrowingTaskGroup { group in
                for machine in machines {
                    group.addTask {
                        for port in 80..<84 {
                            try await engine.setPublicAccess(access(machine, [rule(port, "192.0.2.1")]))
                        }
                    }
                }
                try await group.waitForAll()
            }
            let left = try await rules(engine)
            #expect(left.count == 6 && left.allSatisfy { $0.destination_port == "83" })
            for machine in machines { try await engine.delete(machine.id) }
            #expect(try await rules(engine).isEmpty)
        }
    }

    @Test func whatSomebodyTookAwayIsSeenAndPutBackAndAStrangeACLStaysAsItIs() async throws {
        try await withOutsider { bench, engine, outsider in
            let strange = IncusACL(name: engine.aclName, description: "somebody's", config: [:])
            try await engine.client.change(.POST, "/1.0/network-acls", strange)
            let machine = try await bench.listening(0, [80])
            let only = access(machine, [rule(80, outsider.addresses[0])])
            let error = await #expect(throws: SloopError.self) { try await engine.setPublicAccess(only) }
            #expect(error?.message.contains(engine.aclName) == true)
            #expect(try await rules(engine).isEmpty)
            // What wants no rules goes on as ever.
            try await engine.setPublicAccess(access(machine, [rule(80, "0.0.0.0/0")]))
            try await engine.client.remove("/1.0/network-acls/\(engine.aclName)")
            try await engine.setPublicAccess(only)
            try await engine.detachACL()
            #expect(try whoGetsIn(outsider, machine.publicAddress, 80) == [true, true])
            func isOtherwise() async throws -> Bool? { try await engine.reach()?.isOtherwise(than: only) }
            #expect(try await isOtherwise() == true)
            try await engine.setPublicAccess(only)
            #expect(try whoGetsIn(outsider, machine.publicAddress, 80) == [true, false])
            #expect(try await isOtherwise() == false)
            // A rule that was taken away, and one for others.
            let path = "/1.0/network-acls/\(engine.aclName)"
            let made: IncusACL = try await engine.client.get(path)
            for rules in [
                [],
                made.ingress.map {
                    IncusACL.Rule(
                        action: "drop", source: "192.0.2.1", destination: $0.destination, description: $0.description)
                },
            ] {
                var changed = made
                changed.ingress = rules
                try await engine.client.change(.PUT, path, changed)
                #expect(try await isOtherwise() == true)
                try await engine.setPublicAccess(only)
                #expect(try await isOtherwise() == false)
            }
            #expect(try whoGetsIn(outsider, machine.publicAddress, 80) == [true, false])
        }
    }

    @Test func atNoMomentOfAChangeSomebodyGetsInWhomNeitherRulesLetIn() async throws {
        try await withOutsider { bench, engine, outsider in
            let machine = try await bench.listening(0, [])
            let (one, other) = (outsider.addresses[0], outsider.addresses[1])
            let at = machine.publicAddress
            // In threads of their own: two that wait would keep all others from running.
            func knocks(_ source: String) -> Task<String, any Error> {
                Task {
                    try await withCheckedThrowingContinuation { end in
                        Thread.detachNewThread {
                            end.resume(
                                with: Result {
                                    try outsider.run("perl", "-e", IncusSourceTests.knocking, source, at, "5").out
                                })
                        }
                    }
                }
            }
            try await engine.setPublicAccess(access(machine, []))
            let (friend, stranger) = (knocks(one), knocks(other))
            let end = ContinuousClock.now + .seconds(5)
            var changes = 0
            // It is opened, opened to others, and closed.
            while ContinuousClock.now < end {
                for cidrs in [[one], ["203.0.113.1"], []] {
                    let rules = cidrs.map { rule(5353, $0, transport: .udp) }
                    try await engine.setPublicAccess(access(machine, rules))
                    changes += 1
                }
            }
            let heard = try await (friend.value, stranger.value)
            #expect(Int(heard.0) ?? 0 > 0, "the client does not work: \(heard.0)")
            #expect(heard.1 == "0", "in \(changes) changes")
        }
    }

    /// Sends a datagram from a new port again and again, and says how many were answered. One that was not let in once is
    /// not let in later by its connection, which is what conntrack takes it for.
    private static let knocking = """
        use IO::Socket; use IO::Select; use Time::HiRes qw(time sleep);
        my ($from, $to, $seconds) = @ARGV;
        my ($select, $end, $heard, @sent) = (IO::Select->new, time + $seconds, 0);
        while (time < $end) {
            my $s = IO::Socket::INET->new(Proto => "udp", LocalAddr => $from, PeerAddr => $to, PeerPort => 5353) or next;
            $s->send("knock"); $select->add($s); push @sent, [time, $s];
            for my $r ($select->can_read(0.002)) { $r->recv(my $t, 100); $heard++ if length $t; $select->remove($r) }
            while (@sent && $sent[0][0] < time - 0.5) { my $old = shift @sent; $select->remove($old->[1]); close $old->[1] }
        }
        print $heard;
        """
}
