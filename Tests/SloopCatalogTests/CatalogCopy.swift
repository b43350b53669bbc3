import Foundation
import SloopModel
@testable import SloopCatalog
import Testing

/// A copy of the catalog that may be broken; gone with the test.
final class CatalogCopy {
    static let original = URL(filePath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    let url = FileManager.default.temporaryDirectory.appending(path: "sloop-catalog-\(UUID().uuidString)")

    init() throws {
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
        for name in ["plans.json", "blueprints"] {
            try FileManager.default.copyItem(
                at: CatalogCopy.original.appending(path: name), to: url.appending(path: name))
        }
    }

    deinit { try? FileManager.default.removeItem(at: url) }

    /// Puts the new text in place of the old one, once.
    func edit(_ path: String, _ old: String, _ new: String) throws {
        let file = url.appending(path: path)
        let text = try String(contentsOf: file, encoding: .utf8)
        try #require(text.contains(old), "\(path) has no '\(old)'")
        let range = try #require(text.range(of: old))
        try Data(text.replacingCharacters(in: range, with: new).utf8).write(to: file)
    }

    /// The message of the fault, without the folder.
    func fault() -> String? {
        do {
            _ = try Catalog.load(url)
            return nil
        } catch {
            return (error as? SloopError)?.message.replacingOccurrences(of: url.path + "/", with: "")
        }
    }
}
