import Testing

@testable import CNNConversion

@Suite struct BitmapTests {
    private static let red = Bitmap.Pixel(red: 255, green: 0, blue: 0)
    private static let green = Bitmap.Pixel(red: 0, green: 255, blue: 0)
    private static let grey = Bitmap.Pixel(red: 1, green: 2, blue: 3)
    private static let white = Bitmap.Pixel(red: 255, green: 255, blue: 255)

    /// Rows from the bottom, blue first, each row filled up to 4 bytes.
    @Test func theBytesOfTwoByTwo() throws {
        let bitmap = try #require(Bitmap(width: 2, height: 2, pixels: [Self.red, Self.green, Self.grey, Self.white]))
        let header: [UInt8] = [
            0x42, 0x4D, 70, 0, 0, 0, 0, 0, 0, 0, 54, 0, 0, 0,
            40, 0, 0, 0, 2, 0, 0, 0, 2, 0, 0, 0, 1, 0, 24, 0, 0, 0, 0, 0, 16, 0, 0, 0, 0x13, 0x0B, 0, 0, 0x13, 0x0B, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
        ]
        #expect(bitmap.bytes == header + [3, 2, 1, 255, 255, 255, 0, 0, 0, 0, 255, 0, 255, 0, 0, 0])
        #expect(bitmap.dataAddress.hasPrefix("data:image/bmp;base64,Qk1GAAAAAAAAADYAAAAoAAAAAgAAAAIAAAABABgA"))
    }

    @Test func sizesThatDoNotFitAreRefused() {
        #expect(Bitmap(width: 2, height: 2, pixels: [Self.red]) == nil)
        #expect(Bitmap(width: 0, height: 2, pixels: []) == nil)
        #expect(Bitmap(width: 5000, height: 1, pixels: [Bitmap.Pixel](repeating: Self.red, count: 5000)) == nil)
    }

    @Test func coloursLieBetweenTheirStops() {
        let scale = ColourScale.differences
        #expect(scale.pixel(at: 0) == Bitmap.Pixel(red: 24, green: 78, blue: 160))
        #expect(scale.pixel(at: 0.5) == Bitmap.Pixel(red: 250, green: 250, blue: 250))
        #expect(scale.pixel(at: 0.125) == Bitmap.Pixel(red: 72, green: 124, blue: 190))
        #expect(scale.pixel(at: .infinity) == scale.pixel(at: 1))
        #expect(scale.pixel(at: .nan) == ColourScale.none)
    }
}
