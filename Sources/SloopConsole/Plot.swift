import Foundation

/// A line over time, as SVG of numbers and one title. Colours are the style sheet's.
struct LinePlot {
    /// Time and value, by time.
    let values: [(Double, Double)]
    let start: Double
    let end: Double
    let top: Double
    /// What is further apart is not joined.
    let gap: Double
    let title: String

    private static let (width, height) = (300.0, 72.0)

    var svg: String {
        var lines: [[String]] = []
        var last = -Double.infinity
        for (time, value) in values {
            let x = (time - start) / (end - start) * LinePlot.width
            let y = LinePlot.height - 2 - value / top * (LinePlot.height - 6)
            let point = "\(Wording.decimal(x, digits: 1)),\(Wording.decimal(y, digits: 1))"
            if time - last > gap { lines.append([]) }
            lines[lines.count - 1].append(point)
            last = time
        }
        let drawn = lines.map { points in
            // One point alone would be no line.
            "<polyline points=\"\(points.count == 1 ? points[0] + " " + points[0] : points.joined(separator: " "))\"/>"
        }
        let base = LinePlot.height - 1
        return "<svg class=\"plot\" viewBox=\"0 0 \(Int(LinePlot.width)) \(Int(LinePlot.height))\" role=\"img\" "
            + "preserveAspectRatio=\"none\"><title>\(EscapedHTML().escapeText(title))</title>"
            + "<line class=\"axis\" x1=\"0\" y1=\"\(base)\" x2=\"\(Int(LinePlot.width))\" y2=\"\(base)\"/>"
            + drawn.joined() + "</svg>"
    }
}

/// A bar for each month, with its amount over it.
struct BarPlot {
    struct Bar {
        let label: String
        let amount: String
        /// In any unit, the same for all.
        let height: Double
        let isCurrent: Bool
    }

    let bars: [Bar]
    let title: String

    private static let (step, height) = (64.0, 150.0)

    var svg: String {
        let top = max(bars.map(\.height).max() ?? 0, 0.01)
        let drawn = bars.enumerated().map { index, bar in
            let tall = max(bar.height / top * (BarPlot.height - 48), bar.height > 0 ? 2 : 0)
            let (x, y) = (Double(index) * BarPlot.step, BarPlot.height - 22 - tall)
            let middle = Wording.decimal(x + BarPlot.step / 2, digits: 1)
            return
                "<rect class=\"\(bar.isCurrent ? "bar current" : "bar")\" x=\"\(Wording.decimal(x + 10, digits: 1))\" "
                + "y=\"\(Wording.decimal(y, digits: 1))\" width=\"\(Int(BarPlot.step - 20))\" "
                + "height=\"\(Wording.decimal(tall, digits: 1))\" rx=\"3\"/>"
                + "<text class=\"amount\" x=\"\(middle)\" y=\"\(Wording.decimal(y - 6, digits: 1))\">\(bar.amount)</text>"
                + "<text x=\"\(middle)\" y=\"\(Int(BarPlot.height - 6))\">\(bar.label)</text>"
        }
        let width = Int(Double(bars.count) * BarPlot.step)
        return "<svg class=\"bars\" viewBox=\"0 0 \(width) \(Int(BarPlot.height))\" role=\"img\">"
            + "<title>\(EscapedHTML().escapeText(title))</title>" + drawn.joined() + "</svg>"
    }
}
