package import Foundation
import SloopModel

/// JSON as Lightsail's clients write and read it: times are epoch seconds with at most milliseconds, absent members
/// are left out, whole numbers have no fraction.
package enum WireCoding {
    /// The content type of every body, in both directions.
    package static let contentType = "application/x-amz-json-1.1"

    /// The JSON of a body, with its members in the order of the model.
    package static func encode(_ body: some Encodable) throws -> Data {
        let writer = WireWriter()
        try writer.write(body)
        return Data(writer.bytes)
    }

    /// Reads a body; one that is not JSON, or has a member of a wrong type, throws a ``LightsailException`` with the
    /// name SerializationException that says which member.
    package static func decode<Body: Decodable>(_ type: Body.Type = Body.self, from data: Data) throws -> Body {
        let decoder = JSONDecoder()
        decoder.dateDecodingStrategy = .secondsSince1970
        do {
            return try decoder.decode(type, from: data)
        } catch let error as DecodingError {
            throw LightsailException(
                .serialization, message: error.wireMessage, tip: "send a JSON object with the members of the call")
        }
    }

    /// Reads the input of an operation: an empty body counts as `{}`, and a required member that is absent or null
    /// throws InvalidInputException.
    package static func decodeInput<Operation: LightsailOperation>(
        of operation: Operation.Type, from data: Data
    ) throws -> Operation.Input {
        let body = data.isEmpty ? Data("{}".utf8) : data
        try checkNesting(of: body)
        let required = operation.requiredMembers
        if !required.isEmpty {
            let present = try decode(PresentMembers.self, from: body).names
            if let missing = required.first(where: { !present.contains($0) }) {
                throw LightsailException(
                    .invalidInput, code: SloopError.Code.invalidInput.rawValue,
                    message: "\(operation.name) needs the member '\(missing)'",
                    tip: "give \(required.joined(separator: ", "))")
            }
        }
        return try decode(Operation.Input.self, from: body)
    }
}

extension WireCoding {
    /// How deep lists and objects of a request may be in each other. No call needs more than a few.
    package static let nestingLimit = 64

    /// Throws SerializationException for a body that is too deep, or that is not text in UTF-8.
    private static func checkNesting(of body: Data) throws {
        var (depth, isInString, isEscaped) = (0, false, false)
        for byte in body {
            if isInString {
                if isEscaped {
                    isEscaped = false
                } else if byte == UInt8(ascii: "\\") {
                    isEscaped = true
                } else if byte == UInt8(ascii: "\"") {
                    isInString = false
                }
                continue
            }
            switch byte {
            case UInt8(ascii: "\""): isInString = true
            case UInt8(ascii: "{"), UInt8(ascii: "["):
                depth += 1
                if depth > nestingLimit { throw malformed("the body is nested more than \(nestingLimit) deep") }
            case UInt8(ascii: "}"), UInt8(ascii: "]"): depth -= 1
            // Foundation would guess that it is UTF-16 or UTF-32, where the rest of this check sees nothing.
            case 0, 0xFE, 0xFF: throw malformed("the body is not JSON in UTF-8")
            default: break
            }
        }
    }

    private static func malformed(_ message: String) -> LightsailException {
        LightsailException(.serialization, message: message, tip: "send a JSON object with the members of the call")
    }
}

/// The names of the members of a JSON object that are there and not null.
private struct PresentMembers: Decodable {
    var names: Set<String>

    init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: AnyMember.self)
        names = Set(try container.allKeys.filter { try !container.decodeNil(forKey: $0) }.map(\.stringValue))
    }
}

private struct AnyMember: CodingKey {
    var stringValue: String
    var intValue: Int? { nil }

    init?(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { nil }
}

extension DecodingError {
    /// What is wrong where, without the value that was sent, which may be a secret.
    fileprivate var wireMessage: String {
        switch self {
        case .typeMismatch(let type, let context):
            "the member '\(context.member)' is not \(Self.name(of: type))"
        case .valueNotFound(_, let context):
            "the member '\(context.member)' has no value"
        case .keyNotFound(let key, let context):
            "the member '\((context.codingPath + [key]).dotted)' is missing"
        case .dataCorrupted(let context) where !context.codingPath.isEmpty:
            "the member '\(context.member)' cannot be read"
        default:
            "the body is not a JSON object"
        }
    }

    private static func name(of type: any Any.Type) -> String {
        switch type {
        case is String.Type: "a string"
        case is Bool.Type: "true or false"
        case is Int.Type: "a whole number"
        case is Double.Type, is Date.Type: "a number"
        case is any RandomAccessCollection.Type: "a list"
        default: "an object"
        }
    }
}

extension DecodingError.Context {
    fileprivate var member: String { codingPath.isEmpty ? "body" : codingPath.dotted }
}

extension [any CodingKey] {
    fileprivate var dotted: String {
        map { $0.intValue.map(String.init) ?? $0.stringValue }.joined(separator: ".")
    }
}
