import ByteIO
import KerasFormat
import ModelCore
import ModelGraph
import Testing

@testable import GraphImport

/// What a layer is called with besides its inputs.
@Suite struct KerasCallTests {
    private static let tensor = #"{"class_name": "__keras_tensor__", "config": {"keras_history": ["x", 0, 0]}}"#

    /// What is wrong with a call of a layer of this class with these keywords, as Keras 2 and 3 write it.
    private func problems(_ className: String, _ settings: String, _ keywords: String, version: String) throws -> [Problem] {
        let call = version == "3.15.1" ? #"{"args": [\#(Self.tensor)], "kwargs": \#(keywords)}"# : #"[["x", 0, 0, \#(keywords)]]"#
        let text = """
            {"class_name": "Functional", "config": {"name": "m", "layers": [
            {"class_name": "InputLayer", "name": "x", "inbound_nodes": [], "config": {"name": "x", "batch_shape": [null, 4, 3]}},
            {"class_name": "\(className)", "name": "y", "inbound_nodes": [\(call)], "config": {"name": "y", "trainable": true, \(settings)}}],
            "input_layers": [["x", 0, 0]], "output_layers": [["y", 0, 0]]}}
            """
        let model = KerasModel(configuration: try JSON.parse(Array(text.utf8)), kerasVersion: version, backend: nil, layers: [])
        do throws(ModelError) {
            _ = try KerasImporter.graph(from: model)
            return []
        } catch { return error.problems }
    }

    @Test(arguments: ["2.15.0", "3.15.1"]) func trainingCountsWhereItChangesSomething(_ version: String) throws {
        let dropout = #""rate": 0.5, "noise_shape": null, "seed": null"#
        #expect(try problems("Dropout", dropout, #"{"training": false, "mask": null}"#, version: version).isEmpty)
        #expect(try problems("Softmax", #""axis": -1"#, #"{"training": true}"#, version: version).isEmpty)
        let found = try problems("Dropout", dropout, #"{"training": true}"#, version: version)
        #expect(found.map(\.code) == ["keras.unsupported-call"])
        #expect(found.map(\.message) == ["layer 'y' (Dropout) is called with training true, which cnnconvert cannot convert"])
    }

    @Test(arguments: ["2.15.0", "3.15.1"]) func otherArgumentsAreRefusedByName(_ version: String) throws {
        for (keywords, said) in [(#"{"flavour": 3}"#, "flavour 3"), (#"{"flavour": "sweet"}"#, "flavour 'sweet'")] {
            let found = try problems("Softmax", #""axis": -1"#, keywords, version: version)
            #expect(found.map(\.code) == ["keras.unsupported-call"])
            #expect(found.map(\.message) == ["layer 'y' (Softmax) is called with \(said), which cnnconvert cannot convert"])
        }
        let mask = version == "3.15.1" ? Self.tensor : #"["x", 0, 0]"#
        #expect(try problems("Softmax", #""axis": -1"#, #"{"mask": \#(mask)}"#, version: version).map(\.code).contains("keras.unsupported-call"))
    }

    @Test func allSettingsThatAreUnknownAreToldAtOnce() throws {
        let found = try problems("Softmax", #""axis": -1, "hot": true, "flavour": [1, 2], "colour": null"#, "{}", version: "3.15.1")
        #expect(found.map(\.code) == ["keras.unsupported-setting", "keras.unsupported-setting"])
        #expect(
            found.map(\.message) == [
                "layer 'y' (Softmax) has hot true, which cnnconvert does not know",
                "layer 'y' (Softmax) has flavour [1, 2], which cnnconvert does not know",
            ])
    }
}
