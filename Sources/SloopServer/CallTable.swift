import Foundation
package import LightsailAPI
import SloopModel
package import SloopProvisioner

/// The calls that this server offers, by the value of `X-Amz-Target`.
package struct CallTable: Sendable {
    /// One call: from the body of the request to the body of the answer.
    struct Handler: Sendable {
        let name: String
        /// Whether it may wait for something to happen, and must not hold up the end of the server.
        let mayWait: Bool
        /// Whether it is one of Sloop's own.
        let isOwn: Bool
        let answer: @Sendable (Principal, Data) async throws -> Data
    }

    /// Whose call it is, and the region that he is told everything is in.
    struct Principal: Sendable {
        let account: Account
        let region: String
        /// Whether he asks in the region that has what belongs to none.
        var isHome = true
    }

    let provisioner: Provisioner

    private(set) var handlers: [String: Handler] = [:]

    package init(_ provisioner: Provisioner) { self.provisioner = provisioner }

    /// Offers the call.
    package mutating func add<Call: LightsailOperation>(
        _ call: Call.Type, mayWait: Bool = false,
        _ answer: @escaping @Sendable (Caller, Call.Input) async throws -> Call.Output
    ) {
        handlers[call.target] = Handler(
            name: call.name, mayWait: mayWait, isOwn: call is any SloopCall.Type
        ) { [provisioner] principal, body in
            let caller = Caller(
                services: provisioner.of(principal.account), region: principal.region, isHome: principal.isHome)
            let input = try WireCoding.decodeInput(of: call, from: body)
            return try WireCoding.encode(try await caller.inTurn(of: call) { try await answer(caller, input) })
        }
    }

    /// The targets on offer, sorted.
    package var targets: [String] { handlers.keys.sorted() }

    /// Throws UnknownOperationException for what is not offered, which tells Lightsail's operations from nonsense.
    func handler(for target: String?) throws -> Handler {
        guard let target, !target.isEmpty else {
            throw LightsailException(
                .unknownOperation, message: "the request names no operation",
                tip: "send the header X-Amz-Target, e.g. \(Lightsail.targetPrefix).GetInstances")
        }
        if let handler = handlers[target] { return handler }
        let words = target.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
        if words.count == 2, words[0] == Lightsail.targetPrefix, let family = OperationFamily.of(words[1]) {
            throw family.declines(words[1])
        }
        throw LightsailException.unknownOperation(String((words.last ?? "").prefix(80)))
    }
}

extension Optional {
    /// A member that the call requires: its presence was checked when the body was read.
    func required(_ name: String) throws -> Wrapped {
        guard let value = self else {
            throw LightsailException(.invalidInput, message: "the call needs the member '\(name)'")
        }
        return value
    }
}
