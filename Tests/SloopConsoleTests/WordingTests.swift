import Foundation
import SloopModel
import Testing

@testable import SloopConsole

struct WordingTests {
    @Test func pricesAndSizesAreAsPeopleReadThem() {
        #expect(Wording.price(500) == "5.00" && Wording.price(38400) == "384.00")
        // 5.00 / 744 = 0.006720…, 384.00 / 744 = 0.516129…
        #expect(
            Wording.hourly(500) == "0.0067" && Wording.hourly(38400) == "0.5161" && Wording.hourly(74400) == "1.0000")
        #expect(Wording.memory(512) == "512 MB" && Wording.memory(2048) == "2 GB")
        #expect(Wording.size(20) == "20 GB" && Wording.size(1024) == "1 TB" && Wording.size(1280) == "1.25 TB")
        #expect(Wording.bytes(0) == "0 B" && Wording.bytes(1234) == "1.2 kB" && Wording.bytes(123_456_789) == "123 MB")
        #expect(Wording.count(1, "instance") == "1 instance" && Wording.count(0, "instance") == "0 instances")
    }

    @Test func aPlotJoinsNothingThatIsFarApart() {
        let plot = LinePlot(
            values: [(0, 1), (60, 2), (600, 1)], start: 0, end: 600, top: 2, gap: 180, title: "<CPU>")
        #expect(plot.svg.components(separatedBy: "<polyline").count == 3)
        #expect(plot.svg.contains("<title>&lt;CPU&gt;</title>"))
    }

    @Test func anAccountHasSoManyStreamsAndNoMore() throws {
        let (streams, blue, red) = (StreamCount(), try Account(checking: "blue"), try Account(checking: "red"))
        for _ in 0..<StreamCount.limit { try streams.enter(blue) }
        #expect(throws: SloopError.self) { try streams.enter(blue) }
        try streams.enter(red)
        streams.leave(blue)
        try streams.enter(blue)
    }
}
