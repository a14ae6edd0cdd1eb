/// A handwritten digit: 8 x 8 pixels from 0 (paper) to 16 (ink), and what it is.
struct Digit {
    static let side = 8
    static let ink: Float = 16

    let label: Int
    /// Row by row from the top.
    let pixels: [Float]

    /// Digits from text: blocks with an empty line between them, each the label on a line of its own and then the rows of pixels.
    /// - Returns: `nil` where a block is not of this form.
    static func parse(_ text: String) -> [Digit]? {
        var digits: [Digit] = []
        for block in text.split(separator: "\n\n") {
            let lines = block.split(separator: "\n")
            guard let label = lines.first.flatMap({ Int($0) }), lines.count == side + 1 else { return nil }
            let pixels = lines.dropFirst().joined(separator: " ").split(separator: " ").compactMap { Float($0) }
            guard pixels.count == side * side, pixels.allSatisfy({ (0...ink).contains($0) }) else { return nil }
            digits.append(Digit(label: label, pixels: pixels))
        }
        return digits
    }

    /// One row of the picture, two characters for each pixel, which is then about as wide as it is high.
    func picture(row: Int) -> String {
        let shades = Array(" .:-=+*#%@")
        return pixels[row * Self.side..<(row + 1) * Self.side].map { pixel in
            let shade = shades[Int(pixel / Self.ink * Float(shades.count - 1))]
            return "\(shade)\(shade)"
        }.joined()
    }
}
