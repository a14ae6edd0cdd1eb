import CNNConversion
import ModelCore
import TestSupport
import Testing

/// The `.cnnm` that the converter makes of a fixture, in a folder that goes with this object.
final class Converted: Sendable {
    let path: String
    private let folder: TemporaryFolder

    init(_ fixture: String) throws {
        folder = try TemporaryFolder()
        path = folder("\(fixture).cnnm")
        var options = Conversion.Options()
        options.verifies = false
        _ = try Conversion.convert(input: Fixture.path("keras/\(fixture)/model.h5"), output: path, options: options)
    }
}

/// The ten digits of `digits-lenet`, `[10, 8, 8, 1]`, and what each is.
func digits() throws -> (images: Tensor<Float>, labels: [Int]) {
    let text = String(decoding: try Fixture.bytes("keras/digits-lenet/digits.txt"), as: UTF8.self)
    let blocks = text.split(separator: "\n\n").map { $0.split { $0.isWhitespace }.compactMap { Float($0) } }
    let images = try #require(Tensor(shape: [10, 8, 8, 1], scalars: blocks.flatMap { $0.dropFirst() }))
    return (images, blocks.compactMap { $0.first.map { Int($0) } })
}
