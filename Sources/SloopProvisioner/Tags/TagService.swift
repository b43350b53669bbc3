package import SloopModel
import SloopStore

/// The tags of whatever can have them.
package struct TagService: Sendable {
    let world: World

    /// Gives the resource these tags, in place of those of the same keys.
    package func tag(_ name: String, with tags: [String: String]) async throws -> SloopModel.Operation {
        guard !tags.isEmpty else {
            throw SloopError(.invalidInput, "no tag was given for '\(name)'", tip: "give at least one")
        }
        return try await change(name, as: "tag-resource") { $0.merge(tags) { $1 } }
    }

    /// Takes the tags of these keys away; a key that is not there is no error.
    package func untag(_ name: String, keys: [String]) async throws -> SloopModel.Operation {
        guard !keys.isEmpty else {
            throw SloopError(.invalidInput, "no key of a tag was given for '\(name)'", tip: "give at least one")
        }
        return try await change(name, as: "untag-resource") { all in for key in keys { all[key] = nil } }
    }

    private func change(
        _ name: String, as kind: String, _ edit: @escaping @Sendable (inout [String: String]) -> Void
    ) async throws -> SloopModel.Operation {
        let now = world.now()
        return try await world.store.write { tables in
            guard let type = try tables.type(ofResource: name) else {
                throw SloopError(.notFound, "no resource is named '\(name)'", tip: "see the names: GetActiveNames")
            }
            guard var tags = try tables.tags(of: name, type: type) else {
                throw SloopError(.invalidInput, "'\(name)' is a \(type), which has no tags")
            }
            edit(&tags)
            try Tags.check(tags)
            try tables.set(tags: tags, of: name, type: type)
            return try tables.recordDone(kind, on: name, type: type, at: now)
        }
    }

    /// The names that are in use, of whatever kind, sorted: those after that one, at most so many.
    package func activeNames(after name: String?, limit: Int) async throws -> [String] {
        try await world.store.read { try $0.names(after: name, limit: limit) }
    }
}
