import Foundation
import Testing

@testable import SloopConsole

/// Plots as SVG: what a person sees, and what is read out.
@Suite struct PlotTests {
    private func numbers(_ name: String, _ svg: String) -> [Double] {
        svg.matches(of: /<rect [^>]*>/).compactMap { rect in
            let text = rect.output
            guard let at = text.firstRange(of: " \(name)=\"") else { return nil }
            return Double(text[at.upperBound...].prefix { $0 != "\"" })
        }
    }

    @Test func aMonthIsABarAsTallAsItsCostAndTheOneThatIsShownStandsOut() {
        let bars = [("2026-09", "5.00", 5.0), ("2026-10", "10.00", 10.0), ("2026-11", "0.00", 0.0)].map {
            BarPlot.Bar(label: $0.0, amount: $0.1, height: $0.2, isCurrent: $0.0 == "2026-10")
        }
        let svg = BarPlot(bars: bars, title: "US dollars by month: <b>").svg
        let heights = numbers("height", svg)
        #expect(heights.count == 3 && heights[1] == 2 * heights[0] && heights[2] == 0)
        #expect(numbers("x", svg) == numbers("x", svg).sorted())
        #expect(svg.matches(of: /class="bar current"/).count == 1)
        let seen = ["2026-09", "5.00", "2026-10", "10.00", "role=\"img\""]
        for text in seen + ["<title>US dollars by month: &lt;b&gt;</title>"] {
            #expect(svg.contains(text))
        }
    }

    @Test func nothingWasCostAndThePlotIsStillOne() {
        let svg = BarPlot(bars: [.init(label: "2026-11", amount: "0.00", height: 0, isCurrent: true)], title: "t").svg
        #expect(numbers("height", svg) == [0] && !svg.contains("nan") && !svg.contains("inf"))
    }

    @Test func aLineIsNotDrawnOverATimeWithoutValues() {
        let values = [(0.0, 1.0), (60.0, 2.0), (600.0, 4.0)]
        let svg = LinePlot(values: values, start: 0, end: 600, top: 4, gap: 180, title: "CPU").svg
        #expect(svg.matches(of: /<polyline\s/).count == 2)
        #expect(svg.contains("300.0,4.0"))
    }
}
