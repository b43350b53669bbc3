import Foundation
import SloopModel

/// A JSON object of which every member must be known, there, and of its type. Faults name file, field and reason.
struct StrictObject {
    let file: String
    /// Where in the file, e.g. `plans[2].`; empty at the top.
    private let place: String
    private var members: [String: Any]

    init(_ value: Any, file: String, place: String = "") throws {
        self.file = file
        self.place = place
        guard let members = value as? [String: Any] else {
            throw StrictObject.fault(file, place.isEmpty ? "the file" : String(place.dropLast()), "is not an object")
        }
        self.members = members
    }

    /// Parses the file.
    static func read(_ url: URL) throws -> StrictObject {
        guard let data = FileManager.default.contents(atPath: url.path) else {
            throw SloopError(
                .invalidInput, "\(url.path) is missing or cannot be read", tip: "restore it, or name another --catalog")
        }
        do {
            return try StrictObject(JSONSerialization.jsonObject(with: data), file: url.path)
        } catch let error as SloopError {
            throw error
        } catch {
            let why = (error as NSError).userInfo[NSDebugDescriptionErrorKey] as? String ?? "\(error)"
            throw SloopError(
                .invalidInput, "\(url.path) is no JSON: \(why)", tip: "see it with: python3 -m json.tool FILE")
        }
    }

    /// Takes out the text of a member; `fallback` makes it optional.
    mutating func text(_ name: String, or fallback: String? = nil) throws -> String {
        guard let value = members.removeValue(forKey: name) else {
            if let fallback { return fallback }
            throw fault(name, "is missing")
        }
        guard let text = value as? String else { throw fault(name, "is not a text") }
        guard !text.isEmpty else { throw fault(name, "is empty") }
        return text
    }

    /// Takes out a whole number that is at least 1.
    mutating func count(_ name: String) throws -> Int {
        guard let value = members.removeValue(forKey: name) else { throw fault(name, "is missing") }
        return try whole(value, name)
    }

    private func whole(_ value: Any, _ name: String) throws -> Int {
        // A number 0 or 1 passes for a Bool; only its type of C tells the two apart.
        guard let number = value as? NSNumber, String(cString: number.objCType) != "c",
            let whole = Int(exactly: number.doubleValue)
        else {
            throw fault(name, "is not a whole number")
        }
        guard whole >= 1 else { throw fault(name, "is \(whole); the least is 1") }
        return whole
    }

    mutating func counts(_ name: String) throws -> [Int] {
        guard let value = members.removeValue(forKey: name) else { return [] }
        guard let list = value as? [Any] else { throw fault(name, "is not a list") }
        return try list.enumerated().map { try whole($1, "\(name)[\($0)]") }
    }

    mutating func texts(_ name: String) throws -> [String] {
        guard let value = members.removeValue(forKey: name) else { return [] }
        guard let list = value as? [String] else { throw fault(name, "is not a list of texts") }
        return list
    }

    /// Takes out a price in US dollars, written as a text like `"5.00"`, as cents.
    mutating func price(_ name: String) throws -> Int {
        let text = try text(name)
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 2, parts[1].count == 2, parts.allSatisfy({ !$0.isEmpty && $0.allSatisfy(\.isASCIIDigit) }),
            let dollars = Int(parts[0]), let cents = Int(parts[1]), dollars <= 1_000_000
        else { throw fault(name, "is '\(text)', which is no price; write dollars and cents, e.g. \"5.00\"") }
        guard dollars + cents > 0 else { throw fault(name, "is zero") }
        return dollars * 100 + cents
    }

    mutating func objects(_ name: String) throws -> [StrictObject] {
        guard let value = members.removeValue(forKey: name) else { throw fault(name, "is missing") }
        guard let list = value as? [Any], !list.isEmpty else { throw fault(name, "is not a list with something in it") }
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

    private static func fault(_ file: String, _ field: String, _ reason: String) -> SloopError {
        SloopError(
            .invalidInput, "\(file): \(field) \(reason)", tip: "correct the file; docs/adding-a-blueprint.md shows how")
    }
}

extension Character {
    var isASCIIDigit: Bool { isASCII && isNumber }
}
