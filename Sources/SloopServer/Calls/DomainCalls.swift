import LightsailAPI
import SloopModel
import SloopProvisioner

extension CallTable {
    mutating func addDomainCalls() {
        add(Lightsail.CreateDomain.self, mayWait: true) { caller, input in
            let operation = try await caller.atHome().domains.create(
                try input.domainName.required("domainName"), tags: try Caller.tags(input.tags))
            return .init(operation: .init(operation, caller))
        }
        add(Lightsail.DeleteDomain.self, mayWait: true) { caller, input in
            let operation = try await caller.atHome().domains.delete(try input.domainName.required("domainName"))
            return .init(operation: .init(operation, caller))
        }
        add(Lightsail.GetDomain.self) { caller, input in
            .init(
                domain: .init(
                    try await caller.atHome().domains.find(try input.domainName.required("domainName")), caller))
        }
        add(Lightsail.GetDomains.self) { caller, input in
            let after = try Page.key(input.pageToken, call: "GetDomains")
            let page = Page.cut(
                try await caller.atHome().domains.page(after: after, limit: Page.size + 1), call: "GetDomains"
            ) { $0.domain.name }
            return .init(domains: page.items.map { .init($0, caller) }, nextPageToken: page.next)
        }
        addDomainEntryCalls()
    }

    private mutating func addDomainEntryCalls() {
        add(Lightsail.CreateDomainEntry.self, mayWait: true) { caller, input in
            let operation = try await caller.atHome().domains.createEntry(
                .init(try input.domainEntry.required("domainEntry")),
                in: try input.domainName.required("domainName"))
            return .init(operation: .init(operation, caller))
        }
        add(Lightsail.UpdateDomainEntry.self, mayWait: true) { caller, input in
            let operation = try await caller.atHome().domains.updateEntry(
                .init(try input.domainEntry.required("domainEntry")),
                in: try input.domainName.required("domainName"))
            return .init(operations: [.init(operation, caller)])
        }
        add(Lightsail.DeleteDomainEntry.self, mayWait: true) { caller, input in
            let operation = try await caller.atHome().domains.deleteEntry(
                .init(try input.domainEntry.required("domainEntry")),
                in: try input.domainName.required("domainName"))
            return .init(operation: .init(operation, caller))
        }
    }
}

extension Caller {
    /// Throws `invalidInput` for the regions in which Lightsail has no domains: whoever asks in each would see them twice.
    fileprivate func atHome() throws -> Caller {
        if isHome { return self }
        throw SloopError(
            .invalidInput,
            "Domain-related APIs are only available in the us-east-1 Region. Please set your Region configuration to "
                + "us-east-1 to create, view, or edit these resources.", tip: "sign for us-east-1")
    }
}

extension DomainService.Entry {
    fileprivate init(_ entry: Lightsail.DomainEntry) {
        self.init(
            id: entry.id, name: entry.name, type: entry.type, target: entry.target, isAlias: entry.isAlias ?? false)
    }
}

extension Lightsail.Domain {
    fileprivate init(_ view: DomainService.View, _ caller: Caller) {
        let domain = view.domain
        let zone = domain.id.value.filter { $0 != "-" }.uppercased().prefix(13)
        self.init(
            name: domain.name, arn: caller.globalARN("Domain", domain.id.value),
            supportCode: caller.supportCode("/hostedzone/Z\(zone)"), createdAt: domain.createdAt,
            location: Caller.global, resourceType: "Domain", tags: Caller.wire(domain.tags),
            domainEntries: view.entries.map { entry in
                Lightsail.DomainEntry(
                    id: "\(entry.id)", name: entry.name, target: entry.target, isAlias: false,
                    type: entry.type.rawValue)
            })
    }
}
