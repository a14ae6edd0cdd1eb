import ByteIO
import CNNConversion
import ModelCore
import ModelGraph
import SafetensorsFormat
import TestSupport
import Testing

@testable import GraphImport

/// State dicts are converted by the catalogue, and by networks that were converted before.
@Suite struct StateDictArchitectureTests {
    private static func write(_ name: String, _ path: String, fill: Float, prefix: String = "", extra: Bool = false) throws {
        let architecture = try #require(TorchCatalogue.all.first { $0.name == name })
        var tensors = architecture.sketch(classes: 3).tensors.map { tensor in
            (name: prefix + tensor.name, source: WeightSource(Tensor<Float>(repeating: fill, shape: tensor.shape)))
        }
        if extra { tensors.append((name: prefix + "head.weight", source: WeightSource(Tensor<Float>(repeating: 0, shape: [2])))) }
        let output = try SafetensorsWriter.write(tensors, to: try AtomicOutput(path: path))
        try output.commit()
    }

    private func codes(_ path: String, _ architecture: ArchitectureSource?) -> Set<String> {
        do throws(ModelError) {
            _ = try LoadedModel(path: path, architecture: architecture).graph()
            return []
        } catch {
            #expect(error.problems.allSatisfy { $0.location.file != nil })
            return Set(error.problems.map(\.code))
        }
    }

    @Test func theCatalogueIsRecognised() throws {
        let folder = try TemporaryFolder()
        try Self.write("resnet20", folder("a.safetensors"), fill: 0.5, prefix: "backbone.")
        var options = Conversion.Options()
        options.verifies = false
        let summary = try Conversion.convert(input: folder("a.safetensors"), output: folder("a.cnnm"), options: options)
        #expect(
            summary.remarks.first
                == "the file has no architecture; its weights are those of resnet20 of akamaster/pytorch_resnet_cifar10 with 3 classes")
        #expect(summary.remarks.count == 4)
        let inspection = try Inspection(path: folder("a.cnnm"))
        #expect(inspection.metadata.map(\.value) == ["resnet20", "3"])
        #expect(inspection.preprocessing.first?.scale.count == 3)
        #expect(inspection.inputs.first?.shape == Shape([nil, nil, nil, 3]))
        // The tensors of the file itself stay under its own names.
        let source = try Inspection(path: folder("a.safetensors"))
        #expect(source.tensors.contains { $0.name == "backbone.conv1.weight" && $0.shape == [16, 3, 3, 3] })
        #expect(source.layers.count == inspection.layers.count)
    }

    @Test func aNameReportsEveryDifference() throws {
        let folder = try TemporaryFolder()
        try Self.write("resnet20", folder("a.safetensors"), fill: 0.5, extra: true)
        #expect(codes(folder("a.safetensors"), nil) == ["torch.no-architecture"])
        #expect(codes(folder("a.safetensors"), .name("resnet20")) == ["torch.extra-weight"])
        #expect(codes(folder("a.safetensors"), .name("resnet32")) == ["torch.extra-weight", "torch.missing-weight"])
        #expect(codes(folder("a.safetensors"), .name("resnet21")) == ["torch.architecture-name"])
        do throws(ModelError) {
            _ = try LoadedModel(path: folder("a.safetensors")).graph()
        } catch {
            #expect(error.problems.first?.hint == "--architecture resnet20 says what keeps the file from being resnet20")
        }
    }

    @Test func aConvertedModelServesAsTheArchitecture() throws {
        let folder = try TemporaryFolder()
        try Self.write("resnet20", folder("a.safetensors"), fill: 0.5)
        try Self.write("resnet20", folder("b.safetensors"), fill: 0.25, prefix: "net.")
        try Self.write("resnet20", folder("c.safetensors"), fill: 0.25, extra: true)
        var options = Conversion.Options()
        options.verifies = false
        _ = try Conversion.convert(input: folder("a.safetensors"), output: folder("a.cnnm"), options: options)
        let bytes = try #require(folder.read("a.cnnm"))
        // The header is after the first 64 bytes, which have its length from byte 16 on.
        let length = bytes[16..<24].reversed().reduce(0) { $0 << 8 + Int($1) }
        _ = try folder.write(Array(bytes[64..<64 + length]), "a.json")
        let template = try LoadedModel(path: folder("a.cnnm")).graph()
        for name in ["a.cnnm", "a.json"] {
            let source = try #require(try ArchitectureSource(file: nil, name: folder(name)))
            let graph = try LoadedModel(path: folder("b.safetensors"), architecture: source).graph()
            #expect(graph.nodes == template.nodes)
            for (name, weight) in graph.weights {
                #expect(weight.source.shape == template.weights[name]?.source.shape)
                #expect(try weight.source.bytes().prefix(4) == [0, 0, 0x80, 0x3E])
            }
            #expect(codes(folder("c.safetensors"), source) == ["torch.extra-weight"])
        }
    }

    @Test func anArchitectureOfAnotherKindIsRefused() throws {
        let folder = try TemporaryFolder()
        try Self.write("resnet20", folder("a.safetensors"), fill: 0.5)
        var options = Conversion.Options()
        options.verifies = false
        _ = try Conversion.convert(input: Fixture.path("keras/digits-residual/model.h5"), output: folder("keras.cnnm"), options: options)
        #expect(codes(folder("a.safetensors"), .file(folder("keras.cnnm"))) == ["convert.config"])
        #expect(codes(folder("a.safetensors"), .file(Fixture.path("keras-files/digits-residual/model.json"))) == ["cnnm.header"])
        #expect(codes(folder("a.safetensors"), .file(Fixture.path("README.md"))) == ["json.syntax"])
    }
}
