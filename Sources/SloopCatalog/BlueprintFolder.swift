import Foundation
import SloopModel

/// `blueprints/<id>/blueprint.json`, with its scripts beside it.
enum BlueprintFolder {
    static func readAll(_ folder: URL) throws -> [Blueprint] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
        let blueprints = try names.filter { !$0.hasPrefix(".") }.sorted().map { try read(folder.appending(path: $0)) }
        guard !blueprints.isEmpty else {
            throw SloopError(
                .invalidInput, "\(folder.path) has no blueprints", tip: "restore it, or name another --catalog")
        }
        var owners: [String: String] = [:]
        for blueprint in blueprints {
            for id in [blueprint.id] + blueprint.aliases {
                if let other = owners.updateValue(blueprint.id, forKey: id) {
                    throw SloopError(
                        .invalidInput, "\(folder.path): '\(id)' names both '\(other)' and '\(blueprint.id)'",
                        tip: "take it out of one of the two")
                }
            }
        }
        return blueprints
    }

    private static func read(_ folder: URL) throws -> Blueprint {
        let url = folder.appending(path: "blueprint.json")
        var file = try StrictObject.read(url)
        let id = try file.text("id")
        guard id == folder.lastPathComponent else {
            throw file.fault("id", "is '\(id)', but the folder is '\(folder.lastPathComponent)'")
        }
        let kind = try file.text("kind")
        guard let known = Blueprint.Kind(rawValue: kind) else {
            throw file.fault("kind", "is '\(kind)'; it is os or app")
        }
        let requires = try file.text("requires", or: "nothing")
        guard ["nothing", "machine"].contains(requires) else {
            throw file.fault("requires", "is '\(requires)'; the only thing to require is a machine")
        }
        let username = try file.text("username")
        guard username.wholeMatch(of: /[a-z_][a-z0-9_-]{0,31}/) != nil else {
            throw file.fault("username", "is '\(username)', which is no name of a Linux user")
        }
        let ports = try file.counts("ports")
        if let port = ports.first(where: { $0 > 65535 }) { throw file.fault("ports", "has \(port), which is no port") }
        let script = try file.text("service", or: "none")
        let blueprint = Blueprint(
            id: id, name: try file.text("name"), kind: known, version: try file.text("version"),
            description: try file.text("description"), username: username, requiresMachine: requires == "machine",
            ports: ports, aliases: try file.texts("aliases"),
            service: script == "none" ? nil : try read(script, of: file, in: folder))
        try file.end()
        return blueprint
    }

    private static func read(_ script: String, of file: StrictObject, in folder: URL) throws -> String {
        guard !script.contains("/") else {
            throw file.fault("service", "is '\(script)', which is not in the folder itself")
        }
        guard let data = FileManager.default.contents(atPath: folder.appending(path: script).path),
            let text = String(data: data, encoding: .utf8)
        else { throw file.fault("service", "names '\(script)', which is missing or no text") }
        guard text.hasPrefix("#!") else {
            throw file.fault("service", "names '\(script)', which does not begin with #!")
        }
        return text
    }
}
