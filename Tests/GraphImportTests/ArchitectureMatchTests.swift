import ByteIO
import KerasFormat
import ModelCore
import ModelGraph
import Testing

@testable import GraphImport

/// Files of weights alone find their network.
@Suite struct ArchitectureMatchTests {
    /// The weights of a network as a file has them; no element is ever read.
    private static func weights(
        _ sketch: KerasSketch, byClass: Bool = false, rename: (String) -> String = { $0 }, values: [String: Tensor<Float>] = [:]
    ) -> KerasModel {
        func list(_ layer: KerasSketch.Layer, _ name: String) -> KerasLayerWeights {
            let weights = layer.weights.enumerated().map { number, shape in
                let path = "\(name)/vars/\(number)"
                let source =
                    values[path].map { WeightSource($0) }
                    ?? WeightSource(dtype: .float32, shape: shape, origin: path) { _ throws(ModelError) in
                        throw ModelError(Problem("test.read", "an element is read"))
                    }
                return KerasWeight(name: path, source: source)
            }
            return KerasLayerWeights(name: name, weights: weights)
        }
        let layers = sketch.ordered.filter { !$0.isOperator }
        guard byClass else {
            return KerasModel(
                container: .weights, configuration: nil, kerasVersion: "2.1.0", backend: "tensorflow",
                layers: layers.map { list($0, rename($0.name)) }, addressing: .namesOrOrder)
        }
        let paths = KerasVariablePaths(sketch.configuration, pointer: "", groups: []).objects
        let groups = sketch.ordered.enumerated().flatMap { position, layer in
            guard !layer.inner.isEmpty else { return paths["/config/layers/\(position)"].map { [list(layer, $0)] } ?? [] }
            return layer.inner.enumerated().compactMap { number, inner in
                paths["/config/layers/\(position)/config/layers/\(number)"].map { list(inner, $0) }
            }
        }
        return KerasModel(container: .variables, configuration: nil, kerasVersion: nil, backend: nil, layers: groups, addressing: .paths)
    }

    private static func sketch(_ name: String, _ head: Architecture.Head, variant: String = "") throws -> KerasSketch {
        let architecture = try #require(ArchitectureCatalogue.all.first { $0.name == name })
        return try #require(architecture.variants.first { $0.label == variant }).sketch(head)
    }

    struct Case: Sendable, CustomTestStringConvertible {
        let name: String
        var variant = ""
        let head: Architecture.Head
        var byClass = false
        let title: String
        var testDescription: String { title }
    }

    static let cases = [
        Case(name: "VGG16", head: .classes(1000), title: "VGG16 with 1000 classes"),
        Case(name: "VGG19", head: .features(nil), title: "VGG19 without top"),
        Case(name: "ResNet50", head: .classes(7), byClass: true, title: "ResNet50 with 7 classes"),
        Case(name: "MobileNet", variant: "alpha 0.25", head: .classes(2), title: "MobileNet alpha 0.25 with 2 classes"),
        Case(
            name: "MobileNetV2", variant: "alpha 1.4", head: .features(.average),
            title: "MobileNetV2 alpha 1.4 without top and with the mean of each channel"),
        Case(
            name: "MobileNetV3Small", variant: "minimalistic", head: .classes(5), byClass: true, title: "MobileNetV3Small minimalistic with 5 classes"
        ),
        Case(name: "NASNetMobile", head: .features(.maximum), byClass: true, title: "NASNetMobile without top and with the maximum of each channel"),
        Case(name: "ConvNeXtTiny", head: .classes(1000), byClass: true, title: "ConvNeXtTiny with 1000 classes"),
        Case(name: "ConvNeXtTiny", head: .features(nil), title: "ConvNeXtTiny without top"),
    ]

    @Test("a file finds its network, variant, top and number of classes, and becomes a graph", arguments: cases)
    func recognition(_ wanted: Case) throws {
        let weights = Self.weights(try Self.sketch(wanted.name, wanted.head, variant: wanted.variant), byClass: wanted.byClass)
        let match = try #require(try ArchitectureCatalogue.match(weights))
        #expect(match.title == wanted.title)
        let graph = try KerasImporter.graph(from: match.model)
        #expect(graph.weightOrder.count == Set(graph.weightOrder).count)
    }

    @Test("the published weights of EfficientNet are known by their deviation, others by their layers")
    func telltale() throws {
        for (variance, variant) in [([0.229, 0.224, 0.225] as [Float], EfficientNet.imageNet), ([1, 1, 1], "")] {
            let tensor = try #require(Tensor(shape: [3], scalars: variance))
            let weights = Self.weights(try Self.sketch("EfficientNetB0", .classes(1000)), values: ["normalization/vars/1": tensor])
            #expect(try ArchitectureCatalogue.match(weights)?.variant == variant)
        }
        let tensor = try #require(Tensor<Float>(shape: [3], scalars: [1, 1, 1]))
        let trained = Self.weights(
            try Self.sketch("EfficientNetB0", .classes(9), variant: EfficientNet.imageNet), values: ["normalization/vars/1": tensor])
        #expect(try ArchitectureCatalogue.match(trained)?.title == "EfficientNetB0 with weights=\"imagenet\" with 9 classes")
    }

    @Test("layers under other names are found by their order")
    func otherNames() throws {
        let weights = Self.weights(try Self.sketch("InceptionV3", .classes(11)), rename: { "model_7_\($0)" })
        let match = try #require(try ArchitectureCatalogue.match(weights))
        #expect(match.title == "InceptionV3 with 11 classes")
        #expect(try KerasImporter.convert(match.model).isMatchedByOrder)
    }

    @Test("configurations are in the words of Keras 3 whatever wrote the weights; kernels of Theano are turned")
    func olderFiles() throws {
        let kernel = try #require(Tensor(shape: [3, 3, 3, 64], scalars: (0..<1728).map(Float.init)))
        let plain = Self.weights(try Self.sketch("VGG16", .features(nil)), values: ["block1_conv1/vars/0": kernel])
        for (backend, first) in [("tensorflow", 0 as Float), ("theano", 1536)] {
            let old = KerasModel(
                container: .weights, configuration: nil, kerasVersion: "1.2.2", backend: backend, layers: plain.layers, addressing: .namesOrOrder)
            let graph = try KerasImporter.graph(from: try #require(try ArchitectureCatalogue.match(old)).model)
            let bytes = try #require(graph.weights["block1_conv1/kernel"]).source.bytes()
            #expect(bytes.prefix(4).elementsEqual(withUnsafeBytes(of: first, Array.init)))
        }
    }

    @Test("no two networks have the same variables, but for the two EfficientNets of a name")
    func signatures() {
        var seen: [String: String] = [:]
        for architecture in ArchitectureCatalogue.all {
            for variant in architecture.variants where variant.label != EfficientNet.imageNet {
                for head in [Architecture.Head.classes(1000), .features(nil)] {
                    let sketch = variant.sketch(head)
                    let shapes = sketch.ordered.filter { !$0.weights.isEmpty }
                        .map { layer in layer.weights.map { layer.name == sketch.classifier ? Array($0.dropLast()) : $0 } }
                    let title = "\(architecture.name) \(variant.label) \(head)"
                    let earlier = seen.updateValue(title, forKey: "\(shapes)")
                    #expect(earlier == nil, "\(title) and \(earlier ?? "")")
                }
            }
        }
    }

    @Test("weights of another network are refused with every difference")
    func differences() throws {
        let weights = Self.weights(try Self.sketch("VGG19", .classes(1000)))
        do throws(ModelError) {
            _ = try ArchitectureCatalogue.match(weights, name: "vgg16")
            Issue.record("VGG19 is no VGG16")
        } catch {
            #expect(error.problems.map(\.code) == ["keras.extra-weight", "keras.extra-weight", "keras.extra-weight"])
            #expect(error.problems.first?.message == "the file holds 2 variables of 'block3_conv4', which vgg16 does not have")
        }
        #expect(try ArchitectureCatalogue.match(weights, name: "VGG19").classes == 1000)
    }

    @Test("a name that is not in the catalogue, and a file that has an architecture, are refused")
    func refusals() throws {
        func code(_ model: KerasModel, _ name: String) -> String? {
            do throws(ModelError) {
                _ = try ArchitectureCatalogue.match(model, name: name)
                return nil
            } catch { return error.problems.first?.code }
        }
        let weights = Self.weights(try Self.sketch("VGG16", .features(nil)))
        #expect(code(weights, "AlexNet") == "keras.architecture-name")
        #expect(code(weights.adopting(catalogued: [:], named: "x"), "VGG16") == "keras.architecture-twice")
    }

    @Test("pixels become inputs as preprocess_input makes them")
    func preprocessing() {
        #expect(PixelPreprocessing.caffe.channelOrder == "bgr")
        #expect(PixelPreprocessing.caffe.offset == [-103.939, -116.779, -123.68])
        #expect(255 * PixelPreprocessing.tf.scale[0] + PixelPreprocessing.tf.offset[0] == 1)
        #expect(abs(255 * PixelPreprocessing.torch.scale[0] + PixelPreprocessing.torch.offset[0] - (1 - 0.485) / 0.229) < 1e-12)
        #expect(PixelPreprocessing.inside.scale == [1])
    }
}
