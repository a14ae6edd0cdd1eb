import Foundation

/// An image in memory, row by row from the top, and its file format: BMP with 24 bits a pixel, which every browser shows.
struct Bitmap: Sendable {
    struct Pixel: Sendable, Hashable {
        let red: UInt8
        let green: UInt8
        let blue: UInt8
    }

    let width: Int
    let height: Int
    private let pixels: [Pixel]

    /// `nil` where there are not as many pixels as the sizes say, and for sizes that are not of an image.
    init?(width: Int, height: Int, pixels: [Pixel]) {
        guard (1...4096).contains(width), (1...4096).contains(height), pixels.count == width * height else { return nil }
        self.width = width
        self.height = height
        self.pixels = pixels
    }

    /// A file header of 14 bytes, an information header of 40, and rows from the bottom, each filled up to a multiple of 4 bytes.
    var bytes: [UInt8] {
        let filler = [UInt8](repeating: 0, count: (4 - width * 3 % 4) % 4)
        let imageSize = (width * 3 + filler.count) * height
        var bytes = Array("BM".utf8) + Self.word(54 + imageSize) + Self.word(0) + Self.word(54)
        bytes += Self.word(40) + Self.word(width) + Self.word(height) + [1, 0, 24, 0]
        bytes += Self.word(0) + Self.word(imageSize) + Self.word(2835) + Self.word(2835) + Self.word(0) + Self.word(0)
        for row in (0..<height).reversed() {
            for pixel in pixels[row * width..<(row + 1) * width] { bytes += [pixel.blue, pixel.green, pixel.red] }
            bytes += filler
        }
        return bytes
    }

    /// An address that holds the whole image.
    var dataAddress: String { "data:image/bmp;base64," + Data(bytes).base64EncodedString() }

    private static func word(_ value: Int) -> [UInt8] { (0..<4).map { UInt8(truncatingIfNeeded: value >> ($0 * 8)) } }
}
