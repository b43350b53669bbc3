package import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdCore
import LightsailAPI
import SloopModel
package import SloopProvisioner

/// How a listener finds out who calls.
enum Door: Sendable {
    /// Whoever reaches it runs this Sloop, as on the Unix socket, whose file mode is the permission.
    case owner(region: String)
    /// The holder of an access key, who signs.
    case signed(SignatureGate)

    var isOwner: Bool {
        switch self {
        case .owner: true
        case .signed: false
        }
    }

    /// Somebody who calls, as far as the headers of his request tell.
    struct Visitor {
        /// Says who it is, when the whole body is there. Throws if it is not who he says.
        let principal: (Data) throws -> CallTable.Principal
    }

    /// Refuses what the headers give away, before the body is read.
    func visitor(_ request: Request) throws -> Visitor {
        switch self {
        case .owner(let region): Visitor { _ in .init(account: .default, region: region) }
        case .signed(let gate): try gate.visitor(request)
        }
    }
}

/// Lets in whoever signs with an access key of this Sloop.
package struct SignatureGate: Sendable {
    private let verifier: SigV4Verifier
    private let ring: APIAccessKeyRing
    private let home: String
    private let now: @Sendable () -> Date

    /// - Parameters:
    ///   - regions: those of the scopes that are accepted.
    ///   - ring: the keys.
    package init(regions: [String], ring: APIAccessKeyRing, now: @escaping @Sendable () -> Date = { Date() }) {
        verifier = SigV4Verifier(regions: Set(regions))
        home = regions.contains("us-east-1") ? "us-east-1" : regions.first ?? ""
        self.ring = ring
        self.now = now
    }

    func visitor(_ request: Request) throws -> Door.Visitor {
        // The first Host is kept apart from the other headers; a second one is somebody's trick.
        guard request.headers[values: .host].isEmpty else {
            throw LightsailException(.incompleteSignature, message: "the request has more than one Host")
        }
        let time = now()
        let claim = try verifier.check(SigV4Request(request), now: time) { ring.entry($0)?.secret }
        return Door.Visitor { [ring, home] body in
            try claim.verify(bodyHash: SigV4Request.hash(body))
            // Asked again: it may have been disabled while the body came.
            guard let entry = ring.entry(claim.accessKeyID) else {
                throw LightsailException(
                    .unrecognizedClient, message: "The security token included in the request is invalid.")
            }
            ring.didUse(claim.accessKeyID, at: time)
            return .init(account: entry.account, region: claim.region, isHome: claim.region == home)
        }
    }
}

extension HTTPField.Name {
    fileprivate static let host = HTTPField.Name("host")!
}

extension SigV4Request {
    fileprivate init(_ request: Request) {
        var headers = request.headers.map { ($0.name.canonicalName, $0.value) }
        if let host = request.head.authority { headers.append(("host", host)) }
        self.init(method: request.method.rawValue, target: request.head.path ?? "/", headers: headers, bodyHash: "")
    }
}
