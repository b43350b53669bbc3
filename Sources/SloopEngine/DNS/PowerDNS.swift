import AsyncHTTPClient
package import Foundation
import NIOCore
import NIOFoundationCompat
import NIOHTTP1
import SloopModel

/// PowerDNS' authoritative server, by its HTTP API (4.7 and later).
package struct PowerDNS: DNSServer {
    package let name: String
    package let nameServers: [String]
    private let key: String
    /// What zones of ours carry as their account.
    private let installation: String
    /// How long a server that is away is waited for.
    private let patience: Duration

    /// - Parameters:
    ///   - url: where its API is, e.g. `http://127.0.0.1:8081`.
    ///   - key: what it wants in `X-API-Key`.
    ///   - nameServers: in their normal form; at least one.
    package init(
        url: URL, key: String, nameServers: [String], installation: String, patience: Duration = .seconds(5)
    ) {
        name = url.absoluteString.hasSuffix("/") ? String(url.absoluteString.dropLast()) : url.absoluteString
        self.key = key
        self.nameServers = nameServers
        self.installation = installation
        self.patience = patience
    }

    package func version() async throws -> String {
        struct About: Decodable { let version: String? }
        let about: About = try await read(.GET, "")
        return "PowerDNS \(about.version ?? "of an unknown version")"
    }

    package func zones() async throws -> Set<String> {
        let all: [Zone] = try await read(.GET, "/zones?dnssec=false")
        return Set(all.filter { $0.account == installation }.compactMap { $0.name.map(DomainName.normal) })
    }

    package func put(_ zone: DNSZone) async throws {
        if try await find(zone.name) == nil {
            do { return try await create(zone) } catch let no as Refusal where no.status == 409 {}
        }
        guard let there = try await find(zone.name) else {
            throw SloopError(.operationFailed, "the zone '\(zone.name)' comes and goes", tip: "try again")
        }
        guard there.account == installation else {
            throw SloopError(
                .nameExists, "Some names are already in use: \(zone.name)",
                tip: "the DNS server at \(name) has that zone, which is not this sloop's")
        }
        let changes = changes(from: there, to: zone)
        if !changes.isEmpty { try await change(.PATCH, path(zone.name), Zone(rrsets: changes)) }
    }

    package func delete(_ zone: String) async throws {
        guard try await find(zone)?.account == installation else { return }
        do { try await change(.DELETE, path(zone), Zone?.none) } catch let no as Refusal where no.status == 404 {}
    }

    private func create(_ zone: DNSZone) async throws {
        // From the time, so that a zone that is made again has a higher one than others may know; each change counts on.
        var authority = zone.authority.split(separator: " ").map(String.init)
        authority[2] = "\(UInt32(truncatingIfNeeded: Int(Date().timeIntervalSince1970)))"
        var made = Zone(rrsets: zone.sets.map { RRSet($0) })
        made.rrsets?.append(
            RRSet(
                name: zone.name + ".", type: RecordType.soa.rawValue, ttl: DNSZone.authorityTTL,
                records: [.init(content: authority.joined(separator: " "))]))
        made.name = zone.name + "."
        // It tells its secondaries of changes, if it has any.
        made.kind = "Master"
        made.account = installation
        made.nameservers = []
        made.soa_edit_api = "INCREASE"
        try await change(.POST, "/zones", made)
    }

    /// What of the zone is other than it should be. What goes comes first: a CNAME may take the place of others.
    private func changes(from there: Zone, to zone: DNSZone) -> [RRSet] {
        let known = Set(RecordType.allCases.filter { $0 != .soa }.map(\.rawValue))
        let old = (there.rrsets ?? []).filter { known.contains($0.type) }
        let new = zone.sets.map { RRSet($0) }
        let gone = old.filter { one in !new.contains { $0.isAt(one) } }
            .map { RRSet(name: $0.name, type: $0.type, changetype: "DELETE") }
        return gone + new.filter { one in !old.contains { $0.isAt(one) && $0.says(one) } }
    }

    // MARK: The API

    private func path(_ zone: String) -> String { "/zones/\(zone)." }

    private func find(_ zone: String) async throws -> Zone? {
        do { return try await read(.GET, path(zone)) } catch let no as Refusal where no.status == 404 { return nil }
    }

    private func read<Answer: Decodable>(_ method: HTTPMethod, _ path: String) async throws -> Answer {
        let data = try await bytes(method, path, nil)
        do { return try JSONDecoder().decode(Answer.self, from: data) } catch {
            throw SloopError(
                .operationFailed, "what answers at \(name) is no PowerDNS of 4.7 or later",
                tip: "see its settings 'api' and 'webserver', and docs/domains.md", cause: error)
        }
    }

    private func change(_ method: HTTPMethod, _ path: String, _ zone: Zone?) async throws {
        _ = try await bytes(method, path, try zone.map { try JSONEncoder().encode($0) })
    }

    private func bytes(_ method: HTTPMethod, _ path: String, _ body: Data?) async throws -> Data {
        let end = ContinuousClock.now + patience
        var pause = Duration.milliseconds(50)
        while true {
            do { return try await send(method, path, body, until: end) } catch let error where Self.isAway(error) {
                if Task.isCancelled { throw CancellationError() }
                guard ContinuousClock.now + pause < end else {
                    throw SloopError(
                        .unreachable, "the DNS server at \(name) does not answer",
                        tip: "start it, and try again; see: sloop doctor --dns \(name)", cause: error)
                }
            }
            try await Task.sleep(for: pause)
            pause = min(pause * 2, .seconds(1))
        }
    }

    private func send(
        _ method: HTTPMethod, _ path: String, _ body: Data?, until end: ContinuousClock.Instant
    ) async throws -> Data {
        var request = HTTPClientRequest(url: "\(name)/api/v1/servers/localhost\(path)")
        request.method = method
        request.headers.add(name: "X-API-Key", value: key)
        if let body {
            request.headers.add(name: "Content-Type", value: "application/json")
            request.body = .bytes(ByteBuffer(data: body))
        }
        let left = max(1, Int64((end - .now) / .milliseconds(1)))
        let response = try await Self.http.execute(request, timeout: .milliseconds(left))
        let data = Data(buffer: try await response.body.collect(upTo: 16 << 20))
        switch response.status.code {
        case 200..<300: return data
        case 401, 403:
            throw SloopError(
                .operationFailed, "the DNS server at \(name) does not take sloop's key",
                tip: "whoever runs this sloop: compare --dns-key-file with the server's 'api-key'")
        case let status: throw Refusal(status: Int(status), data)
        }
    }

    /// Whether nobody was there, as opposed to somebody who said no.
    private static func isAway(_ error: any Error) -> Bool {
        !(error is Refusal || error is SloopError || error is CancellationError)
    }

    private static let http = {
        var configuration = HTTPClient.Configuration()
        // Waiting for a server that is away is ours, and not the library's, which would do it for minutes.
        configuration.connectionPool.retryConnectionEstablishment = false
        // Nobody else is to learn the key.
        configuration.redirectConfiguration = .disallow
        return HTTPClient(eventLoopGroup: HTTPClient.defaultEventLoopGroup, configuration: configuration)
    }()

    /// What it said no to.
    private struct Refusal: Error, CustomStringConvertible {
        let status: Int
        let description: String

        init(status: Int, _ body: Data) {
            struct Body: Decodable { let error: String }
            self.status = status
            let text =
                (try? JSONDecoder().decode(Body.self, from: body))?.error ?? String(decoding: body, as: UTF8.self)
            description = "the DNS server refuses it (\(status)): \(text.prefix(300))"
        }
    }
}
