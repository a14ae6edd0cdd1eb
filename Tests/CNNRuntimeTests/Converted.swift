import CNNConversion
import Foundation
import ModelCore

/// Fixtures, and what the converter makes of them.
enum Fixture {
    private static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        .appendingPathComponent("fixtures/keras")

    static func path(_ name: String) -> String { folder.appendingPathComponent(name).path }

    /// The ten digits of `digits-lenet`, `[10, 8, 8, 1]`, and what each is.
    static func digits() throws -> (images: Tensor<Float>, labels: [Int]) {
        let blocks = try String(contentsOfFile: path("digits-lenet/digits.txt"), encoding: .utf8).components(separatedBy: "\n\n")
        let numbers = blocks.map { $0.split { $0.isWhitespace }.compactMap { Float($0) } }
        guard let images = Tensor(shape: [10, 8, 8, 1], scalars: numbers.flatMap { $0.dropFirst() }) else { throw CocoaError(.fileReadCorruptFile) }
        return (images, numbers.compactMap { $0.first.map { Int($0) } })
    }
}

/// The `.cnnm` of a fixture, in a folder that goes with this object.
final class Converted: Sendable {
    let path: String
    private let folder: URL

    init(_ fixture: String) throws {
        folder = FileManager.default.temporaryDirectory.appendingPathComponent("cnnconvert-runtime-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        path = folder.appendingPathComponent("\(fixture).cnnm").path
        var options = Conversion.Options()
        options.verifies = false
        _ = try Conversion.convert(input: Fixture.path("\(fixture)/model.h5"), output: path, options: options)
    }

    deinit { try? FileManager.default.removeItem(at: folder) }
}
