import Foundation
import SloopModel

/// A JSON object of which every member must be known, there, and of its type. Faults name file, field and reason.
struct StrictObject {
    let file: String
    /// Where in the file, e.g. `plans[2].`; empty at the top.
    private let place: String
    private var members: [String: JSONValue]

    /// Far above any plan and far below where multiplying one would overflow.
    private static let most = 1_000_000_000

    init(_ value: JSONValue, file: String, place: String = "") throws {
        self.file = file
        self.place = place
        guard case .object(let members) = value else {
            throw StrictObject.fault(
                file, place.isEmpty ? "the file" : "the field '\(place.dropLast())'", "is not an object")
        }
        self.members = members
    }

    /// Parses the file.
    static func read(_ url: URL) throws -> StrictObject {
        guard let data = FileManager.default.contents(atPath: url.path) else {
            throw SloopError(
                .invalidInput, "\(url.path) is missing or cannot be read", tip: "restore it, or name another --catalog")
        }
        let value: JSONValue
        do {
            value = try JSONReader.read(data)
        } catch {
            throw SloopError(
                .invalidInput, "\(url.path) is no JSON: \(error.reason)",
                tip: "see it with: python3 -m json.tool \(url.path)")
        }
        return try StrictObject(value, file: url.path)
    }

    /// Takes out the text of a member.
    mutating func text(_ name: String) throws -> String {
        guard let text = try textIfThere(name) else { throw fault(name, "is missing") }
        return text
    }

    /// Takes out the text of a member that may be left out, but not be empty.
    mutating func textIfThere(_ name: String) throws -> String? {
        guard let value = members.removeValue(forKey: name) else { return nil }
        guard case .text(let text) = value else { throw fault(name, "is not a text") }
        guard !text.isEmpty else { throw fault(name, "is empty") }
        return text
    }

    /// Takes out a whole number that is at least 1.
    mutating func count(_ name: String) throws -> Int { try whole(member(name), name) }

    /// Takes out a list of whole numbers that are at least 1.
    mutating func counts(_ name: String) throws -> [Int] {
        guard case .list(let list) = try member(name) else { throw fault(name, "is not a list") }
        return try list.enumerated().map { try whole($1, "\(name)[\($0)]") }
    }

    /// Takes out a list of texts; one that is left out is empty.
    mutating func texts(_ name: String) throws -> [String] {
        guard let value = members.removeValue(forKey: name) else { return [] }
        guard case .list(let list) = value else { throw fault(name, "is not a list of texts") }
        return try list.enumerated().map { index, value in
            guard case .text(let text) = value else { throw fault("\(name)[\(index)]", "is not a text") }
            return text
        }
    }

    /// Takes out a price in US dollars, written as a text like `"5.00"`, as cents.
    mutating func price(_ name: String) throws -> Int {
        let text = try text(name)
        guard let match = text.wholeMatch(of: /([0-9]{1,7})\.([0-9]{2})/), let dollars = Int(match.1),
            let cents = Int(match.2)
        else { throw fault(name, "is '\(text)', which is no price; write dollars and cents, e.g. \"5.00\"") }
        guard dollars + cents > 0 else { throw fault(name, "is zero") }
        return dollars * 100 + cents
    }

    /// Takes out an object that may be left out.
    mutating func objectIfThere(_ name: String) throws -> StrictObject? {
        guard let value = members.removeValue(forKey: name) else { return nil }
        return try StrictObject(value, file: file, place: "\(place)\(name).")
    }

    mutating func objects(_ name: String) throws -> [StrictObject] {
        guard case .list(let list) = try member(name), !list.isEmpty else {
            throw fault(name, "is not a list with something in it")
        }
        return try list.enumerated().map { try StrictObject($1, file: file, place: "\(place)\(name)[\($0)].") }
    }

    /// Throws if something is left that nobody asked for: a word that was mistyped would otherwise do nothing.
    func end() throws {
        guard let unknown = members.keys.sorted().first else { return }
        throw fault(unknown, "is not a field that sloop knows")
    }

    func fault(_ field: String, _ reason: String) -> SloopError {
        StrictObject.fault(file, "the field '\(place)\(field)'", reason)
    }

    private mutating func member(_ name: String) throws -> JSONValue {
        guard let value = members.removeValue(forKey: name) else { throw fault(name, "is missing") }
        return value
    }

    private func whole(_ value: JSONValue, _ name: String) throws -> Int {
        guard case .whole(let whole) = value else { throw fault(name, "is not a whole number") }
        guard whole >= 1 else { throw fault(name, "is \(whole); the least is 1") }
        guard whole <= StrictObject.most else { throw fault(name, "is \(whole); the most is \(StrictObject.most)") }
        return whole
    }

    private static func fault(_ file: String, _ field: String, _ reason: String) -> SloopError {
        SloopError(
            .invalidInput, "\(file): \(field) \(reason)", tip: "correct the file; docs/adding-a-blueprint.md shows how")
    }
}
