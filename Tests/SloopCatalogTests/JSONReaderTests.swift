import Foundation
@testable import SloopCatalog
import Testing

@Suite struct JSONReaderTests {
    @Test(arguments: [
        ("{\n\"a\": 1,\n\"b\" 2}", "line 3: a : is missing after 'b'"),
        ("{\n\"a\": 1\n\"b\": 2}", "line 3: a , or } is missing"),
        ("{\"a\": 1,\n}", "line 2: a name in quotes is missing"),
        ("[1,\n]", "line 2: a value is missing"),
        ("[1\n2]", "line 2: a , or ] is missing"),
        ("{\"a\": 1,\n\"\\u0061\": 2}", "line 2: 'a' is there again"),
        ("[\"a\nb\"]", "line 1: a text does not end on its line"),
        ("\n[\"a", "line 2: the file ends within a text"),
        ("[\"a\\", "line 1: the file ends within a text"),
        ("[\"\\x\"]", "line 1: a text is no UTF-8, or has a \\ before what cannot be escaped"),
        ("[01]", "line 1: '01' is no value"), ("[+1]", "line 1: '+1' is no value"),
        ("[True]", "line 1: 'True' is no value"), ("[1.]", "line 1: '1.' is no value"),
        ("{} {}", "line 1: something follows the end"), ("", "line 1: the file ends too early"),
        ("[1,\n", "line 2: the file ends too early"), ("{a: 1}", "line 1: a name in quotes is missing"),
        (String(repeating: "[", count: 33), "line 1: this is nested too deeply"),
    ])
    func whatIsNoJSONIsRefusedWithItsLine(text: String, reason: String) {
        let fault = #expect(throws: JSONReader.Fault.self) { _ = try JSONReader.read(Data(text.utf8)) }
        #expect(fault?.reason == reason)
    }

    @Test func bytesThatAreNoTextAreRefused() {
        for bytes in [[0xFF, 0xFE, 0x00], [0x22, 0xC3, 0x22]] as [[UInt8]] {
            #expect(throws: JSONReader.Fault.self) { _ = try JSONReader.read(Data(bytes)) }
        }
    }

    @Test func everyKindOfValueIsRead() throws {
        let json =
            #" {"t": "a\"\\\u00e9\ud83d\ude00{:é", "n": [0, -2, 2.5, 1e2, 99999999999999999999], "l": [[], {}], "#
            + "\r\n\t\"b\": [true, false, null]} "
        guard case .object(let members) = try JSONReader.read(Data(json.utf8)) else {
            Issue.record("no object")
            return
        }
        #expect(
            members.mapValues(plain) == [
                "t": "a\"\\é😀{:é", "n": "[0,-2,number,number,number]", "l": "[[],{}]", "b": "[truth,truth,null]",
            ])
    }

    /// Foundation's own writer, over thousands of values, as the other side.
    @Test func whatFoundationWritesIsRead() throws {
        var dice = Dice(state: 8259)
        let letters = Array("ab\"\\/\n\t\u{1}é😀{}[]:, ")
        func text() -> String {
            String((0..<Int.random(in: 0...6, using: &dice)).map { _ in letters.randomElement(using: &dice) ?? "a" })
        }
        for _ in 0..<2000 {
            let value = Dictionary((0..<5).map { _ in (text(), (0..<3).map { _ in text() }) }) { $1 }
            guard case .object(let members) = try JSONReader.read(JSONEncoder().encode(value)) else {
                Issue.record("no object")
                return
            }
            #expect(members.mapValues(plain) == value.mapValues { "[\($0.joined(separator: ","))]" })
        }
    }

    private func plain(_ value: JSONValue) -> String {
        switch value {
        case .text(let text): text
        case .whole(let whole): "\(whole)"
        case .number: "number"
        case .truth: "truth"
        case .null: "null"
        case .list(let list): "[\(list.map(plain).joined(separator: ","))]"
        case .object(let members):
            "{\(members.map { "\($0.key)=\(plain($0.value))" }.sorted().joined(separator: ","))}"
        }
    }
}
