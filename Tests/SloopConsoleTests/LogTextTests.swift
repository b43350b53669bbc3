import Foundation
import Testing

@testable import SloopConsole

struct LogTextTests {
    @Test func nothingIsCutInTheMiddle() {
        let text = Array("naïve € 🏴 \u{1B}[31mred\u{1B}[0m \u{1B}]0;title\u{07}end\n".utf8)
        for cut in 0...text.count {
            // A slice, whose indices do not begin with 0.
            let data = Data([0x21] + text[..<cut]).dropFirst()
            let whole = LogText.whole(data, isLast: false)
            #expect(data.starts(with: whole))
            #expect(String(validating: whole, as: UTF8.self) != nil, "after \(cut) bytes")
            let shown = String(decoding: whole, as: UTF8.self)
            let opened = shown.unicodeScalars.lastIndex(of: "\u{1B}").map { shown.unicodeScalars[$0...] }
            #expect(
                opened.map { $0.contains { "mend\u{07}".unicodeScalars.contains($0) } } ?? true, "after \(cut) bytes")
            #expect(data.count - whole.count < 12)
        }
        #expect(LogText.whole(Data(text), isLast: false).count == text.count)
    }

    @Test func theEndIsShownHoweverItEnds() {
        let broken = Data([0x61, 0xE2, 0x82, 0x1B, 0x5B])
        #expect(LogText.whole(broken, isLast: true) == broken)
        #expect(LogText.whole(broken, isLast: false) == Data([0x61]))
        // What is no beginning of anything is not waited for.
        #expect(LogText.whole(Data([0x61, 0xFF, 0x80, 0x80, 0x80, 0x80]), isLast: false).count == 6)
    }
}
