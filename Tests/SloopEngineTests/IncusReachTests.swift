import Foundation
import SloopModel
import Testing

@testable import SloopEngine

/// What somebody did to the forwards by hand is seen, and what is not ours is not.
@Suite(.needsIncus, .serialized) struct IncusReachTests {
    private static let path = "/1.0/networks/sloopbr0/forwards"

    @Test func aForwardThatSomebodyChangedIsSeenAndSetRight() async throws {
        try await withIncus { bench, engine in
            let machine = try await bench.order(0)
            let access = PublicAccess(machine)
            let free = engine.publicAddress(of: try await bench.order(1).place)
            let path = "\(IncusReachTests.path)/\(access.address)"
            func isOtherwise() async throws -> Bool? { try await engine.reach()?.isOtherwise(than: access) }
            try await engine.setPublicAccess(access)
            #expect(try await isOtherwise() == false)
            let made: IncusForward = try await engine.client.get(path)
            func port(_ listen: String, to target: String, _ targetPort: String? = nil) -> IncusForward.Port {
                IncusForward.Port(
                    protocol: "tcp", listen_port: listen, target_address: target, target_port: targetPort)
            }
            let own = machine.place.address
            for ports in [
                [], made.ports + [port("8443", to: own)], [port("22,81", to: own)], [port("22,80", to: own, "22,81")],
                [port("22,80", to: engine.place(slot: 199)?.address ?? "")],
            ] {
                var changed = made
                changed.ports = ports
                try await engine.client.change(.PUT, path, changed)
                #expect(try await isOtherwise() == true, "\(ports)")
                try await engine.setPublicAccess(access)
                #expect(try await isOtherwise() == false, "\(ports)")
            }
            // The same in other words.
            var same = made
            same.description = "mine"
            same.ports = [port("80", to: own), port("22", to: own)]
            try await engine.client.change(.PUT, path, same)
            #expect(try await isOtherwise() == false)
            // At one address more, at another one, at none.
            try await engine.client.change(
                .POST, IncusReachTests.path,
                IncusForward(listen_address: free, description: "", config: made.config, ports: []))
            #expect(try await isOtherwise() == true)
            try await engine.client.remove(path)
            #expect(try await isOtherwise() == true)
            try await engine.client.remove("\(IncusReachTests.path)/\(free)")
            #expect(try await isOtherwise() == true)
            try await engine.setPublicAccess(access)
            #expect(try await isOtherwise() == false)
            try await engine.delete(machine.id)
        }
    }

    @Test func whoIsKeptOutOtherwiseThanRecordedIsSeenAndSetRight() async throws {
        try await withIncus(isAlone: true) { bench, engine in
            let machine = try await bench.order(0)
            let rule = PortRule(fromPort: 80, toPort: 80, protocol: .tcp, cidrs: ["192.0.2.0/24"])
            let some = PublicAccess(
                instance: machine.id, hostName: machine.hostName, place: machine.place, address: machine.publicAddress,
                rules: [rule])
            let path = "/1.0/network-acls/\(engine.aclName)"
            try await engine.setPublicAccess(some)
            #expect(try await engine.reach()?.isOtherwise(than: some) == false)
            #expect(try await engine.reach()?.isOtherwise(than: PublicAccess(machine)) == true)
            let made: IncusACL = try await engine.client.get(path)
            var empty = made
            empty.ingress = []
            try await engine.client.change(.PUT, path, empty)
            #expect(try await engine.reach()?.isOtherwise(than: some) == true)
            try await engine.setPublicAccess(some)
            #expect(try await engine.reach()?.isOtherwise(than: some) == false)
            // A change that was given up and undone is made all the same.
            try await engine.setPublicAccess(PublicAccess(machine))
            try await engine.client.change(.PUT, path, made)
            #expect(try await engine.reach()?.isOtherwise(than: PublicAccess(machine)) == true)
            try await engine.setPublicAccess(PublicAccess(machine))
            #expect(try await engine.reach()?.isOtherwise(than: PublicAccess(machine)) == false)
            try await engine.delete(machine.id)
        }
    }

    @Test func aForwardOfSomebodyElseIsNotSeen() async throws {
        try await withIncus { bench, engine in
            let machine = try await bench.order(0)
            let free = engine.publicAddress(of: try await bench.order(1).place)
            try await engine.setPublicAccess(PublicAccess(machine))
            // It even says our machine's id, but not our installation's.
            try await engine.client.change(
                .POST, IncusReachTests.path,
                IncusForward(
                    listen_address: free, description: "somebody",
                    config: ["user.sloop.installation": "other", "user.sloop.instance": machine.id.value], ports: []))
            let reach = try await engine.reach()
            try await engine.client.remove("\(IncusReachTests.path)/\(free)")
            #expect(reach?.isOtherwise(than: PublicAccess(machine)) == false)
            try await engine.delete(machine.id)
        }
    }
}
