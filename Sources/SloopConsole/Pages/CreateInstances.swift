import Foundation
import SloopCatalog
import SloopModel
import SloopProvisioner

/// What the form of ``CreatePage`` asks for.
extension Visit {
    /// Instances that one form makes.
    static let mostAtOnce = 20

    func createInstances() async throws -> PageAnswer {
        let form = form
        // Without a script in the page, this is how the sum of several is seen before anything is made.
        if form["show"] == "price" { return try await CreatePage(given: form).answer(self) }
        return try await act {
            CreatePage(given: form, faults: $0)
        } _: {
            let request = try await wanted(form)
            // The key is made first, since instances are given it; it goes again if they cannot be made.
            let made = form["key"] == "new" ? try await newKey(form["new-key"]) : nil
            do {
                _ = try await services.instances.create(request)
            } catch let error as SloopError {
                if let made { _ = try? await services.keyPairs.delete(made.pair.name) }
                throw error.code == .nameExists ? FieldError(field: "name", error: error) : error
            }
            let next = request.names.count == 1 ? "/instances/\(request.names[0])" : "/"
            guard let made else { return .seeOther(next) }
            return try await KeyMadePage(
                made, next: next,
                nextLabel: request.names.count == 1 ? "See \(request.names[0]) start" : "See them start"
            ).answer(self)
        }
    }

    private func wanted(_ form: FormFields) async throws -> InstanceService.Request {
        guard !form["blueprint"].isEmpty else {
            throw FieldError(
                field: "blueprint",
                error: SloopError(
                    .invalidInput, "choose what the instance is made of", tip: "an operating system or an application"))
        }
        let count = try await FieldError.blaming("count") {
            let count = try form.number("count", "the number of instances")
            guard (1...Visit.mostAtOnce).contains(count) else {
                throw SloopError(.invalidInput, "make 1 to \(Visit.mostAtOnce) instances at once")
            }
            return count
        }
        let name = form["name"]
        let names = count == 1 ? [name] : (1...count).map { "\(name)-\($0)" }
        try await FieldError.blaming("name") { for name in names { try ResourceName.check(name) } }
        let script = form.text("script")
        if !script.isEmpty { _ = try await FieldError.blaming("script") { try LaunchScript(script) } }
        let tags = try await FieldError.blaming("tags") { try Visit.tags(form.text("tags")) }
        _ = try await FieldError.blaming("plan") { try services.catalog.plan(form["plan"]) }
        return InstanceService.Request(
            names: names, blueprint: form["blueprint"], bundle: form["plan"], keyPair: try await keyPair(form),
            script: script.isEmpty ? nil : script, tags: tags)
    }

    /// The name of the key pair that was chosen, also if it is yet to be made; nil for the default one.
    private func keyPair(_ form: FormFields) async throws -> String? {
        switch form["key"] {
        case "new": return form["new-key"]
        case "default": return nil
        case let key:
            return try await FieldError.blaming("key") {
                guard key.hasPrefix("pair:") else {
                    throw SloopError(
                        .invalidInput, "choose the key that opens the instance", tip: "a new one, or one that you have")
                }
                return try await services.keyPairs.find(String(key.dropFirst(5))).pair.name
            }
        }
    }

    private func newKey(_ name: String) async throws -> KeyPairService.Created {
        try await FieldError.blaming("new-key") { try await services.keyPairs.create(name) }
    }

    /// Reads `team=blue, stage=test`, with commas or lines between. Throws `invalidInput` for what are no tags.
    static func tags(_ text: String) throws -> [String: String] {
        let tags = try text.split(whereSeparator: { $0 == "," || $0.isNewline }).reduce(into: [String: String]()) {
            tags, part in
            let words = part.split(separator: "=", maxSplits: 1).map { $0.trimmingCharacters(in: .whitespaces) }
            guard let key = words.first, !key.isEmpty else { return }
            guard tags.updateValue(words.count > 1 ? words[1] : "", forKey: key) == nil else {
                throw SloopError(.invalidInput, "the tag '\(key)' is given twice", tip: "give each key once")
            }
        }
        try Tags.check(tags)
        return tags
    }
}
