import CNNConversion
import GraphImport
import KerasFormat
import ModelCore
import ModelGraph
import TestSupport
import Testing

/// Fixtures to Keras files, each of which is read back and compared before it gets its name.
@Suite struct KerasRoundTripTests {
    private static let formats = ["h5", "keras", "weights.h5"]
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    @Test(arguments: Fixture.names(in: "keras"), formats) func everyFixtureGoesToKerasAndIsTheSameNetwork(_ name: String, _ format: String) throws {
        let source = Fixture.path("keras/\(name)/model.h5")
        let output = folder("out.\(format)")
        do {
            let summary = try Conversion.convert(input: source, output: output)
            #expect(summary.verdict == "identical" || summary.verdict == "rounding")
            #expect(summary.outputBytes == folder.read("out.\(format)")?.count)
            #expect(folder.names == ["out.\(format)"])
            if format != "weights.h5" { try WrittenFiles.keep(output, as: "\(name).\(format)") }
        } catch let error as ModelError {
            // What cannot be read, or has no layer in Keras, is refused and leaves nothing.
            #expect(error.problems.allSatisfy { $0.code.hasPrefix("keras.unsupported") || $0.code == "export.unsupported" }, "\(error)")
            #expect(folder.names.isEmpty)
        }
    }

    @Test(arguments: formats) func aConvertedFileGoesBackAndGivesTheSameBytesAlways(_ format: String) throws {
        let source = Fixture.path("keras/digits-residual/model.h5")
        _ = try Conversion.convert(input: source, output: folder("model.cnnm"))
        for name in ["1.\(format)", "2.\(format)"] { _ = try Conversion.convert(input: folder("model.cnnm"), output: folder(name)) }
        _ = try Conversion.convert(input: source, output: folder("3.\(format)"))
        #expect(folder.read("1.\(format)") == folder.read("2.\(format)"))
        #expect(folder.read("1.\(format)") == folder.read("3.\(format)"))
    }

    /// Keras 3 wrote these files; it finds weights by the order of layers that it works out itself.
    @Test(arguments: ["digits-residual", "graph-inception", "graph-shared-layer", "graph-two-by-two", "layers-conv2d", "lecture"])
    func layersComeInTheOrderOfKeras(_ name: String) throws {
        let source = Fixture.path("keras/\(name)/model.h5")
        _ = try Conversion.convert(input: source, output: folder("out.h5"))
        func withoutInputs(_ path: String) throws -> [String] {
            try KerasFile.read(path: path).layers.filter { !$0.weights.isEmpty }.map(\.name)
        }
        #expect(try withoutInputs(folder("out.h5")) == withoutInputs(source))
    }

    @Test func weightsKeepTheirNames() throws {
        let source = Fixture.path("keras/lecture/model.h5")
        _ = try Conversion.convert(input: source, output: folder("out.h5"))
        let names = try KerasFile.read(path: folder("out.h5")).layers.flatMap(\.weights).map(\.name)
        let graph = try KerasImporter.graph(from: try KerasFile.read(path: source))
        #expect(Set(names) == Set(graph.weights.keys))
    }

    @Test func outputsOfOtherNamesAreRefused() throws {
        for name in ["out.onnx", "out", "out.h5.txt"] {
            #expect(throws: ModelError.self) {
                try Conversion.convert(input: Fixture.path("keras/lecture/model.h5"), output: folder(name))
            }
        }
        #expect(folder.names.isEmpty)
    }
}
