import ByteIO
import KerasFormat
import ModelCore
import ModelGraph
import TestSupport
import Testing
import Verification

@testable import GraphImport

/// Whole models that are unusual in one way: `fixtures/keras-odd`.
@Suite struct KerasOddFilesTests {
    static let files = Fixture.names(in: "keras-odd").flatMap { name in
        Fixture.names(in: "keras-odd/\(name)").filter { $0.hasPrefix("model.") }.map { "\(name)/\($0)" }
    }

    static func model(_ file: String) throws(ModelError) -> KerasModel {
        let path = Fixture.path("keras-odd/\(file)")
        let model = file.hasSuffix(".keras") ? try KerasArchive.read(MappedFile(path: path)) : try KerasFile.read(path: path)
        guard file.hasPrefix("author-class") else { return model }
        return try model.adopting(KerasArchitecture.read(MappedFile(path: Fixture.path("keras-odd/author-class/edited.json"))))
    }

    @Test func everyFileIsHere() {
        #expect(Self.files.count == 9)
    }

    @Test(arguments: files) func everyLayerReproducesKeras(_ file: String) throws {
        let graph = try KerasImporter.graph(from: Self.model(file))
        let golden = try Golden("keras-odd/\(file.prefix { $0 != "/" })/golden.npz")
        let reports = try ForwardAnalysis.certify(graph, inputs: golden.inputs, trace: golden.activations, isLocal: true)
        #expect(Set(reports.map(\.name)) == Set(golden.activations.keys))
        for report in reports where report.verdict != .identical && report.verdict != .rounding { Issue.record("\(report)") }
    }

    /// What a layer of float32 keeps in 16 bits is of float32; what a layer of bfloat16 keeps so is not.
    @Test(arguments: [("half-storage/model.h5", DType.float32), ("bfloat16/model.keras", .bfloat16)])
    func weightsAreOfTheirLayersType(_ file: String, _ type: DType) throws {
        let weights = try KerasImporter.graph(from: Self.model(file)).weights.values
        #expect(weights.count == 8)
        #expect(weights.allSatisfy { $0.source.dtype == type })
    }

    @Test func aClassOfTheAuthorsIsCalledSo() throws {
        let model = try KerasFile.read(path: Fixture.path("keras-odd/author-class/model.h5"))
        do throws(ModelError) {
            _ = try KerasImporter.graph(from: model)
            Issue.record("a class is taken for one of Keras")
        } catch {
            let message = "layer 'drop' is a 'FixedDropout', which is no class of Keras: its code, the author's, is not in the file"
            #expect(error.problems.map(\.message) == [message])
        }
    }

    @Test func aClassThatBearsANameOfKerasIsTheAuthorsByItsModule() throws {
        func problems(_ module: String) throws -> [String] {
            let text = """
                {"class_name": "Functional", "config": {"name": "m", "layers": [
                {"class_name": "InputLayer", "name": "x", "inbound_nodes": [], "config": {"name": "x", "batch_shape": [null, 3]}},
                {"class_name": "Softmax", "name": "s", \(module), "inbound_nodes": [[["x", 0, 0, {}]]], "config": {"name": "s", "axis": -1}}],
                "input_layers": [["x", 0, 0]], "output_layers": [["s", 0, 0]]}}
                """
            let model = KerasModel(configuration: try JSON.parse(Array(text.utf8)), kerasVersion: "3.15.1", backend: nil, layers: [])
            do throws(ModelError) {
                _ = try KerasImporter.graph(from: model)
                return []
            } catch { return error.problems.map(\.code) }
        }
        #expect(try problems(#""module": "keras.layers", "registered_name": null"#) == [])
        #expect(try problems(#""module": null, "registered_name": "Softmax""#) == ["keras.unsupported-layer"])
        #expect(try problems(#""module": null, "registered_name": "mine>Softmax""#) == ["keras.unsupported-layer"])
        #expect(try problems(#""module": "my.layers", "registered_name": "Softmax""#) == ["keras.unsupported-layer"])
    }
}
