import Foundation

/// Every layer's largest error in units of its bound, on a logarithmic scale: below the line at 1, rounding explains it.
struct ErrorPlot {
    let layers: [ModelVerification.Layer]
    let recorded: [ModelVerification.Layer]
    /// The width that is there; a plot of many layers is wider, and scrolled.
    let room: Double

    private static let height = 320.0
    private static let margin = (left: 64.0, right: 20.0, top: 34.0, bottom: 48.0)

    /// How many layers from label to label.
    private static let steps = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000]

    var markup: String {
        let count = Double(max(layers.count, 1))
        let step = min(max((room - Self.margin.left - Self.margin.right) / count, 1.6), 60)
        let width = Self.margin.left + Self.margin.right + step * count
        let scale = Scale(layers + recorded, top: Self.margin.top, bottom: Self.height - Self.margin.bottom)
        let places = Dictionary(layers.enumerated().map { ($1.name, $0) }, uniquingKeysWith: { first, _ in first })
        func x(_ place: Int) -> Double { Self.margin.left + step * (Double(place) + 0.5) }
        var svg = grid(scale, width: width)
        let every = Self.steps.first { Double($0) * step >= 36 } ?? 1000
        for number in stride(from: every, through: layers.count, by: every) {
            svg += text("\(number)", x(number - 1), Self.height - Self.margin.bottom + 22, anchor: "middle")
        }
        svg += text("layer, in the order of execution", Self.margin.left, Self.height - 6, anchor: "start")
        for (place, layer) in layers.enumerated() { svg += mark(layer, "own run", x(place), scale.y(layer.rho), isRecorded: false) }
        for layer in recorded {
            guard let place = places[layer.name] else { continue }
            svg += mark(layer, "as recorded", x(place), scale.y(layer.rho), isRecorded: true)
        }
        return Markup.element(
            "svg",
            [
                "xmlns": "http://www.w3.org/2000/svg", "class": "plot", "role": "img", "aria-label": "error of each layer against its bound",
                "width": Markup.number(width), "height": Markup.number(Self.height),
                "viewBox": "0 0 \(Markup.number(width)) \(Markup.number(Self.height))",
            ], svg)
    }

    private func grid(_ scale: Scale, width: Double) -> String {
        let right = width - Self.margin.right
        return scale.ticks.map { tick in
            Markup.element(
                "line",
                [
                    "class": tick.isBound ? "bound" : "grid", "x1": Markup.number(Self.margin.left), "x2": Markup.number(right),
                    "y1": Markup.number(tick.y), "y2": Markup.number(tick.y),
                ]) + text(tick.label, Self.margin.left - 10, tick.y + 4, anchor: "end")
        }.joined() + text("bound", right, scale.y(1) - 5, anchor: "end", style: "boundlabel") + text("rho", Self.margin.left - 10, 14, anchor: "end")
    }

    private func mark(_ layer: ModelVerification.Layer, _ run: String, _ x: Double, _ y: Double, isRecorded: Bool) -> String {
        let look = VerdictLook(layer.verdict)
        let words = "\(layer.name) (\(layer.operation)), \(run): rho \(ReportNumber.text(layer.rho)), \(ReportNumber.text(layer.ulps)) ulps, "
        let title = Markup.element("title", [:], Markup.escaped(words + look.name))
        let style = "mark \(look.name)"
        guard isRecorded else {
            return Markup.element(
                "circle", ["class": style, "cx": Markup.number(x), "cy": Markup.number(y), "r": layers.count > 100 ? "2.5" : "4"], title)
        }
        let diamond = "M\(Markup.number(x)) \(Markup.number(y - 6))l6 6l-6 6l-6 -6z"
        return Markup.element("path", ["class": style + " recorded", "d": diamond], title)
    }

    private func text(_ words: String, _ x: Double, _ y: Double, anchor: String, style: String = "label") -> String {
        Markup.element("text", ["class": style, "x": Markup.number(x), "y": Markup.number(y), "text-anchor": anchor], words)
    }

    /// From ratios to heights: powers of ten, a lane for 0 below them and one for infinity above.
    struct Scale {
        struct Tick {
            let y: Double
            let label: String
            var isBound = false
        }

        private let lowest: Double
        private let highest: Double
        private let top: Double
        private let bottom: Double
        private let hasInfinity: Bool
        private static let lane = 26.0

        init(_ layers: [ModelVerification.Layer], top: Double, bottom: Double) {
            let powers = layers.map(\.rho).filter { $0 > 0 && $0.isFinite }.map { log10($0) }
            lowest = min(max((powers.min() ?? -2).rounded(.down), -12), -2)
            highest = max(min((powers.max() ?? 0).rounded(.up), 40), 1)
            self.top = top
            self.bottom = bottom
            hasInfinity = layers.contains { !$0.rho.isFinite }
        }

        func y(_ rho: Double) -> Double {
            guard rho > 0 else { return bottom }
            guard rho.isFinite else { return top }
            let upper = top + (hasInfinity ? Self.lane : 0)
            let lower = bottom - Self.lane
            let share = (min(max(log10(rho), lowest), highest) - lowest) / (highest - lowest)
            return lower - share * (lower - upper)
        }

        var ticks: [Tick] {
            let every = max(1, Int(((highest - lowest) / 8).rounded(.up)))
            let powers = stride(from: Int(lowest), through: Int(highest), by: 1).filter { $0 % every == 0 }
            let ticks = powers.map { Tick(y: y(pow(10, Double($0))), label: $0 == 0 ? "1" : "10\(Self.superscript($0))", isBound: $0 == 0) }
            return [Tick(y: bottom, label: "0")] + ticks + (hasInfinity ? [Tick(y: top, label: "∞")] : [])
        }

        private static func superscript(_ number: Int) -> String {
            let digits = Array("⁰¹²³⁴⁵⁶⁷⁸⁹")
            return (number < 0 ? "⁻" : "") + String(String(number.magnitude).compactMap { $0.wholeNumberValue.map { digits[$0] } })
        }
    }
}
