import ModelCore

/// The activation of a layer as two runs made it, and their difference, side by side.
struct ActivationImages {
    let layer: DifferingLayer

    var markup: String {
        guard let planes = ActivationPlanes(of: layer) else {
            return Markup.element(
                "p", [:], "The shapes \(Markup.escaped("\(layer.ours.shape)")) and \(Markup.escaped("\(layer.theirs.shape)")) cannot be compared.")
        }
        let ours = planes.planes.map { plane in plane.positions.map { Double(layer.ours.scalars[$0]) } }
        let theirs = planes.planes.map { plane in plane.positions.map { Double(layer.theirs.scalars[$0]) } }
        let differences = zip(ours, theirs).map { zip($0, $1).map { $0 == $1 ? 0 : $0 - $1 } }
        let values = (ours + theirs).joined().filter(\.isFinite)
        let low = values.min() ?? 0
        let high = values.max() ?? 0
        let largest = differences.joined().filter(\.isFinite).reduce(0) { max($0, abs($1)) }
        func row(_ title: String, _ rasters: [[Double]], _ scale: ColourScale, _ low: Double, _ high: Double) -> String {
            let images = rasters.map { Markup.element("td", [:], image($0, planes, title, scale, low, high)) }.joined()
            return Markup.element("tr", [:], Markup.element("th", ["scope": "row"], Markup.escaped(title)) + images)
        }
        let heads = planes.planes.map { Markup.element("th", ["scope": "col"], $0.channel.map { "channel \($0)" } ?? "") }.joined()
        let table = Markup.element(
            "table", ["class": planes.height == 1 ? "images strip" : "images"],
            Markup.element("thead", [:], Markup.element("tr", [:], Markup.element("td", [:], "") + heads))
                + Markup.element(
                    "tbody", [:],
                    row("ours", ours, .values, low, high) + row(layer.theirsName, theirs, .values, low, high)
                        + row("difference", differences, .differences, -largest, largest)))
        let scales = scale("value", .values, low, high) + scale("ours - \(layer.theirsName)", .differences, -largest, largest)
        return Markup.element("p", ["class": "note"], caption(planes)) + Markup.element("div", ["class": "scroll"], table)
            + Markup.element("div", ["class": "scales"], scales)
    }

    private func caption(_ planes: ActivationPlanes) -> String {
        var text = "Output of shape \(layer.ours.shape), sample \(planes.sample)"
        if let depth = planes.depth { text += ", depth \(depth)" }
        if planes.planes.first?.channel != nil { text += "; the channels that differ most" }
        if planes.planes.first?.channel == nil, planes.height > 1 { text += "; a row for each channel" }
        return Markup.escaped(text + ". The same colours mean the same values in both; NaN is magenta.")
    }

    private func image(
        _ values: [Double], _ planes: ActivationPlanes, _ title: String, _ scale: ColourScale, _ low: Double, _ high: Double
    ) -> String {
        let pixels = values.map { value in scale.pixel(at: value.isNaN ? .nan : high > low ? (value - low) / (high - low) : 0.5) }
        guard let bitmap = Bitmap(width: planes.width, height: planes.height, pixels: pixels) else { return "" }
        return Markup.element("img", ["src": bitmap.dataAddress, "alt": title, "width": "\(bitmap.width)", "height": "\(bitmap.height)"])
    }

    private func scale(_ title: String, _ scale: ColourScale, _ low: Double, _ high: Double) -> String {
        let bar = Markup.element("span", ["class": "bar", "style": "background:\(scale.gradient)"], "")
        return Markup.element("span", ["class": "scale"], "\(Markup.escaped(title)) \(Self.short(low)) \(bar) \(Self.short(high))")
    }

    private static func short(_ value: Double) -> String { (value < 0 ? "-" : "") + ReportNumber.text(value.magnitude) }
}
