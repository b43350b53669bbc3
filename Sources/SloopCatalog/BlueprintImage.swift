import Foundation
import SloopModel

extension BlueprintFolder {
    /// The member `image`: how the blueprint's image comes to be.
    static func image(_ file: inout StrictObject, in folder: URL) throws -> Blueprint.Image? {
        guard var object = try file.objectIfThere("image") else { return nil }
        let script = try object.textIfThere("script")
        let arguments = try object.texts("arguments")
        let base = try object.textIfThere("base")
        let bake = try object.textIfThere("bake")
        let firstBoot = try object.textIfThere("firstBoot")
        try check(bake, "bake", in: folder, object)
        try check(firstBoot, "firstBoot", in: folder, object)
        guard (script == nil) != (base == nil), bake == nil || base != nil,
            arguments.isEmpty || script != nil, firstBoot == nil || bake != nil
        else {
            throw file.fault(
                "image", "is neither a script with arguments, nor a base with what is baked on it")
        }
        try object.end()
        var digest = ContentDigest()
        let source: Blueprint.Image.Source
        if let script {
            // Another blueprint's script will do, with other arguments.
            let path = folder.appending(path: script).standardizedFileURL
            guard path.path.hasPrefix(folder.deletingLastPathComponent().standardizedFileURL.path + "/"),
                FileManager.default.isExecutableFile(atPath: path.path)
            else { throw object.fault("script", "names '\(script)', which is no program in a blueprint's folder") }
            try digest.add(folder: path.deletingLastPathComponent())
            source = .script(path: path.path, arguments: arguments)
        } else {
            let base = base ?? ""
            source = bake.map { .bake(base: base, script: $0) } ?? .same(as: base)
            if bake != nil { try digest.add(folder: folder) }
        }
        for text in arguments + [base, bake, firstBoot].map({ $0 ?? "" }) { digest.add(text) }
        return Blueprint.Image(source: source, firstBoot: firstBoot, folder: folder, digest: digest.text)
    }

    private static func check(_ name: String?, _ field: String, in folder: URL, _ object: StrictObject) throws {
        guard let name else { return }
        let path = folder.appending(path: name).path
        guard !name.contains("/"), FileManager.default.isReadableFile(atPath: path) else {
            throw object.fault(field, "names '\(name)', which is not in the folder")
        }
    }
}

/// Tells whether files changed. Not for keeping secrets or out forgers.
struct ContentDigest {
    private var hash = FNV1a()

    mutating func add(_ text: String) {
        hash.add(text.utf8)
        hash.add(CollectionOfOne(0))
    }

    /// All files of the folder but the description that people read.
    mutating func add(folder: URL) throws {
        for name in try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
        where name != "blueprint.json" && !name.hasPrefix(".") {
            add(name)
            hash.add(try Data(contentsOf: folder.appending(path: name)))
        }
    }

    var text: String {
        let digits = String(hash.value, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }
}

extension Catalog {
    /// The image that the blueprint's machines are cloned from: whose it is, how it is made, and a digest of that and of
    /// everything below it; nil if it needs none.
    package func image(of id: String) throws -> (blueprint: Blueprint, image: Blueprint.Image, digest: String)? {
        let blueprint = try blueprint(id)
        guard let image = blueprint.image else { return nil }
        switch image.source {
        case .same(let base): return try self.image(of: base)
        case .bake(let base, _):
            var digest = ContentDigest()
            digest.add(image.digest)
            digest.add(try self.image(of: base)?.digest ?? "")
            return (blueprint, image, digest.text)
        case .script: return (blueprint, image, image.digest)
        }
    }

    /// Throws if an image is made on one that is not there, or on itself.
    static func checkBases(_ blueprints: [Blueprint], in folder: URL) throws {
        for blueprint in blueprints {
            var seen: Set<String> = []
            var next: Blueprint? = blueprint
            while let current = next, let image = current.image {
                let file = folder.appending(path: "\(current.id)/blueprint.json").path
                guard seen.insert(current.id).inserted else {
                    throw SloopError(
                        .invalidInput, "\(file): the field 'image.base' leads back to itself", tip: "correct the file")
                }
                switch image.source {
                case .bake(let base, _), .same(let base):
                    next = blueprints.first { $0.id == base }
                    guard next?.image != nil else {
                        throw SloopError(
                            .invalidInput, "\(file): the field 'image.base' names '\(base)', which has no image",
                            tip: "correct the file; docs/adding-a-blueprint.md shows how")
                    }
                case .script: next = nil
                }
            }
        }
    }
}
