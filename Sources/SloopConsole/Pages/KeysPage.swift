import Foundation
import HTTPTypes
import SloopModel
import SloopProvisioner

/// The key pairs, and ways to get more.
struct KeysPage: Page {
    let template = "keys"
    let entry = Menu.keys
    let parts = ["key-list"]
    let path: String? = "/keys"
    var given = FormFields("")
    var faults: Faults = [:]

    struct Row: Sendable {
        let name: String
        let fingerprint: String
        let origin: String
        let instances: String
        let chip: Chip?
    }

    struct Content: Sendable {
        let pairs: [Row]
        let isEmpty: Bool
        let newName: String
        let importName: String
        let publicKey: String
        let faults: Faults
    }

    func title(_ content: Content) -> String { "Keys" }

    func content(_ visit: Visit) async throws -> Content {
        let views = try await visit.services.keyPairs.list()
        return Content(
            pairs: views.map { view in
                Row(
                    name: view.pair.name, fingerprint: view.pair.fingerprint,
                    origin: view.pair.origin == .created ? "made here" : "imported",
                    instances: view.instances.isEmpty ? "none" : view.instances.map(\.name).joined(separator: ", "),
                    chip: view.openTargets.isEmpty
                        ? nil : Chip("rotation open on \(view.openTargets.count)", .busy))
            }, isEmpty: views.isEmpty, newName: given["name"], importName: given["import-name"],
            publicKey: given["public-key"], faults: faults)
    }
}

/// A new private key, which is in this page and nowhere else.
struct KeyMadePage: Page {
    let template = "key-made"
    let entry = Menu.keys
    let made: KeyPairService.Created
    let next: String
    let nextLabel: String

    init(_ made: KeyPairService.Created, next: String, nextLabel: String) {
        self.made = made
        self.next = next
        self.nextLabel = nextLabel
    }

    struct Content: Sendable {
        let name: String
        let key: PrivateKeyView
        let next: String
        let nextLabel: String
    }

    func title(_ content: Content) -> String { "Save the private key of \(content.name)" }

    func content(_ visit: Visit) async throws -> Content {
        Content(
            name: made.pair.name, key: PrivateKeyView(made.privateKey, file: "\(made.pair.name).pem"), next: next,
            nextLabel: nextLabel)
    }
}

/// A private key to be saved, also without a script in the page.
struct PrivateKeyView: Sendable {
    let text: String
    let file: String
    let base64: String

    init(_ key: String, file: String) {
        text = key.hasSuffix("\n") ? key : key + "\n"
        self.file = file
        base64 = Data(text.utf8).base64EncodedString()
    }
}

extension Visit {
    func createKey() async throws -> PageAnswer {
        let form = form
        return try await act {
            KeysPage(given: form, faults: $0)
        } _: {
            let made = try await FieldError.blaming("name") { try await services.keyPairs.create(form["name"]) }
            return try await KeyMadePage(made, next: "/keys", nextLabel: "I have saved it").answer(self)
        }
    }

    func importKey() async throws -> PageAnswer {
        let form = form
        return try await act {
            KeysPage(given: form, faults: $0)
        } _: {
            try await FieldError.blaming("import-name") { try ResourceName.check(form["import-name"]) }
            do {
                _ = try await services.keyPairs.import(form["import-name"], publicKey: form["public-key"])
            } catch let error as SloopError {
                throw FieldError(field: error.code == .nameExists ? "import-name" : "public-key", error: error)
            }
            return .seeOther("/keys")
        }
    }

    /// The default pair's private half, which is kept.
    func downloadDefaultKey() async throws -> PageAnswer {
        guard name == DefaultKeyPair.name else {
            throw SloopError(
                .notFound, "the private key of '\(name)' is not held here",
                tip: "it was shown when it was made; rotate the pair to get a new one")
        }
        let key = try await services.keyPairs.downloadDefault()
        var answer = PageAnswer.text(key.privateKey, status: .ok)
        answer.headers[.contentType] = "application/x-pem-file"
        answer.headers[.contentDisposition] = "attachment; filename=\"\(DefaultKeyPair.name).pem\""
        return answer
    }
}
