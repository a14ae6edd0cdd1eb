/// Numbers as colours, by straight lines between stops.
struct ColourScale: Sendable {
    private let stops: [(red: Double, green: Double, blue: Double)]

    /// From dark blue over green to yellow, of growing lightness, so that it reads without colours too.
    static let values = ColourScale(stops: [(48, 18, 84), (59, 82, 139), (33, 145, 140), (94, 201, 98), (253, 231, 37)])
    /// Blue below, white in the middle, red above.
    static let differences = ColourScale(stops: [(24, 78, 160), (120, 170, 220), (250, 250, 250), (240, 150, 110), (178, 24, 43)])
    /// For what is not a number.
    static let none = Bitmap.Pixel(red: 255, green: 0, blue: 255)

    /// The colour at a place from 0 to 1.
    func pixel(at place: Double) -> Bitmap.Pixel {
        guard !place.isNaN else { return Self.none }
        let scaled = min(max(place, 0), 1) * Double(stops.count - 1)
        let index = min(Int(scaled), stops.count - 2)
        let share = scaled - Double(index)
        let (low, high) = (stops[index], stops[index + 1])
        func mixed(_ a: Double, _ b: Double) -> UInt8 { UInt8(min(max((a + (b - a) * share).rounded(), 0), 255)) }
        return Bitmap.Pixel(red: mixed(low.red, high.red), green: mixed(low.green, high.green), blue: mixed(low.blue, high.blue))
    }

    /// For CSS.
    var gradient: String {
        let colours = stops.map { "rgb(\(Int($0.red)),\(Int($0.green)),\(Int($0.blue)))" }
        return "linear-gradient(to right,\(colours.joined(separator: ",")))"
    }
}
