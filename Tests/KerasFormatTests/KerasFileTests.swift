import ByteIO
import KerasFormat
import ModelCore
import Testing

@Suite struct KerasFileTests {
    /// File, what wrote it, class of the model, names of the layers that have weights.
    static let files: [(String, String, String, [String])] = [
        ("lecture", "Keras 3.15.1 (tensorflow)", "Sequential", ["conv1", "conv2", "conv3", "conv4", "hidden", "digit"]),
        ("keras1-theano", "Keras 1.2.2", "Sequential", ["convolution2d_1", "batchnormalization_1", "convolution2d_2", "dense_1"]),
        ("graph-shared-model", "Keras 3.15.1 (tensorflow)", "Functional", ["twin", "same"]),
        ("graph-nested", "Keras 3.15.1 (tensorflow)", "Functional", ["conv", "first", "second", "scores"]),
    ]

    @Test("Models of Keras 1 and 3 are read", arguments: files)
    func model(_ name: String, _ framework: String, _ className: String, _ layers: [String]) throws {
        let model = try KerasFile.read(path: Fixtures.path("keras/\(name)/model.h5"))
        #expect(model.framework == framework)
        #expect(try model.architecture()["class_name"]?.string == className)
        #expect(model.layers.filter { !$0.weights.isEmpty }.map(\.name) == layers)
    }

    @Test("Every model among the fixtures is read whole", arguments: Fixtures.models)
    func everything(_ name: String) throws {
        let model = try KerasFile.read(path: Fixtures.path("keras/\(name)/model.h5"))
        #expect(model.configuration != nil)
        for weight in model.layers.flatMap(\.weights) { #expect(try weight.source.bytes().count == weight.source.byteCount) }
    }

    @Test("Layers without weights keep their place")
    func order() throws {
        let model = try KerasFile.read(path: Fixtures.path("keras/lecture/model.h5"))
        let expected = ["conv1", "pool1", "conv2", "conv3", "conv4", "pool2", "flatten", "hidden", "dropout", "digit"]
        #expect(model.layers.map(\.name) == expected)
    }

    @Test("Weights have the names, types, shapes and places of the file")
    func weights() throws {
        let model = try KerasFile.read(path: Fixtures.path("keras/lecture/model.h5"))
        let weights = try #require(model.layers.first).weights
        #expect(weights.map(\.name) == ["lecture/conv1/kernel", "lecture/conv1/bias"])
        #expect(weights.map(\.source.dtype) == [.float32, .float32])
        #expect(weights.map(\.source.shape) == [[5, 5, 1, 32], [32]])
        #expect(weights.first?.source.origin == "/model_weights/conv1/lecture/conv1/kernel")
    }

    @Test("A nested model is one layer: its trainable weights first, then the others, whatever layer they belong to")
    func nested() throws {
        let model = try KerasFile.read(path: Fixtures.path("keras/graph-nested/model.h5"))
        let first = try #require(model.layers.first { $0.name == "first" })
        #expect(
            first.weights.map(\.name) == [
                "first/conv/kernel", "first/conv/bias", "first/norm1/gamma", "first/norm1/beta", "first/depthwise/kernel",
                "first/depthwise/bias",
                "first/norm2/gamma", "first/norm2/beta", "first/norm1/moving_mean", "first/norm1/moving_variance",
                "first/norm2/moving_mean",
                "first/norm2/moving_variance",
            ])
    }

    @Test("Half-precision weights stay what they are")
    func half() throws {
        let model = try KerasFile.read(path: Fixtures.path("keras/graph-float16/model.h5"))
        let types = model.layers.filter { !$0.weights.isEmpty }.map { Set($0.weights.map(\.source.dtype)) }
        #expect(types == [[.float16], [.float16], [.float32]])
    }
}
