import Foundation
import SloopModel

/// `blueprints/<id>/blueprint.json`, with its scripts beside it.
enum BlueprintFolder {
    static func readAll(_ folder: URL) throws -> [Blueprint] {
        guard let names = try? FileManager.default.contentsOfDirectory(atPath: folder.path) else {
            throw SloopError(
                .invalidInput, "\(folder.path) is missing or cannot be read",
                tip: "restore it, or name another --catalog")
        }
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
        try Catalog.checkBases(blueprints, in: folder)
        return blueprints
    }

    private static func read(_ folder: URL) throws -> Blueprint {
        var file = try StrictObject.read(folder.appending(path: "blueprint.json"))
        let id = try file.text("id")
        guard id == folder.lastPathComponent else {
            throw file.fault("id", "is '\(id)', but the folder is '\(folder.lastPathComponent)'")
        }
        guard id.wholeMatch(of: /[a-z0-9]+([.-][a-z0-9]+)*/) != nil else {
            throw file.fault("id", "is '\(id)'; an id is of lower-case letters, digits, and single - or . between them")
        }
        let kind = try file.text("kind")
        guard let known = Blueprint.Kind(rawValue: kind) else {
            throw file.fault("kind", "is '\(kind)'; it is os or app")
        }
        let requires = try file.textIfThere("requires")
        guard requires == nil || requires == "machine" else {
            throw file.fault("requires", "is '\(requires ?? "")'; the only thing to require is a machine")
        }
        let type = try file.textIfThere("type") ?? "container"
        guard ["container", "virtual-machine"].contains(type) else {
            throw file.fault("type", "is '\(type)'; it is container or virtual-machine")
        }
        let isVirtual = type == "virtual-machine"
        let username = try file.text("username")
        guard username.wholeMatch(of: /[a-z_][a-z0-9_-]{0,31}/) != nil else {
            throw file.fault("username", "is '\(username)', which is no name of a Linux user")
        }
        let blueprint = Blueprint(
            id: id, name: try file.text("name"), kind: known, version: try file.text("version"),
            description: try file.text("description"), username: username,
            requiresMachine: requires != nil || isVirtual, isVirtualMachine: isVirtual,
            ports: try ports(&file), aliases: try aliases(&file), service: try service(&file, in: folder),
            image: try image(&file, in: folder))
        try file.end()
        return blueprint
    }

    private static func ports(_ file: inout StrictObject) throws -> [Int] {
        let ports = try file.counts("ports")
        if let port = ports.first(where: { $0 > 65535 }) { throw file.fault("ports", "has \(port), which is no port") }
        guard Set(ports).count == ports.count else { throw file.fault("ports", "has a port twice") }
        return ports
    }

    private static func aliases(_ file: inout StrictObject) throws -> [String] {
        let aliases = try file.texts("aliases")
        if let alias = aliases.first(where: { !Blueprint.isAlias($0) }) {
            throw file.fault("aliases", "has '\(alias)'; an alias is of lower-case letters, digits, and _ - or .")
        }
        return aliases
    }

    private static func service(_ file: inout StrictObject, in folder: URL) throws -> String? {
        guard let script = try file.textIfThere("service") else { return nil }
        guard !script.contains("/") else {
            throw file.fault("service", "is '\(script)', which is not in the folder itself")
        }
        let path = folder.appending(path: script).path
        guard let data = FileManager.default.contents(atPath: path), let text = String(data: data, encoding: .utf8)
        else { throw file.fault("service", "names '\(script)', which is missing or no text") }
        guard !text.isEmpty else { throw file.fault("service", "names '\(script)', which is empty") }
        guard text.hasPrefix("#!") else {
            throw file.fault("service", "names '\(script)', which does not begin with #!")
        }
        guard FileManager.default.isExecutableFile(atPath: path) else {
            throw file.fault("service", "names '\(script)', which is not executable; chmod +x \(path)")
        }
        return text
    }
}
