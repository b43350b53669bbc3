import LightsailAPI
import SloopModel
import SloopProvisioner

extension CallTable {
    mutating func addTagCalls() {
        add(Lightsail.TagResource.self) { caller, input in
            let operation = try await caller.tags.tag(
                try input.resourceName.required("resourceName"), with: try Caller.tags(input.tags))
            return .init(operations: [.init(operation, caller)])
        }
        add(Lightsail.UntagResource.self) { caller, input in
            let operation = try await caller.tags.untag(
                try input.resourceName.required("resourceName"), keys: try input.tagKeys.required("tagKeys"))
            return .init(operations: [.init(operation, caller)])
        }
        add(Lightsail.GetActiveNames.self) { caller, input in
            let after = try Page.key(input.pageToken, call: "GetActiveNames")
            let names = try await caller.tags.activeNames(after: after, limit: Page.size + 1)
            let page = Page.cut(names, call: "GetActiveNames") { $0 }
            return .init(activeNames: page.items, nextPageToken: page.next)
        }
    }
}
