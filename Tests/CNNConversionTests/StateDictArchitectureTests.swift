import ByteIO
import ModelCore
import ModelGraph
import SafetensorsFormat
import TestSupport
import Testing

@testable import CNNConversion
@testable import GraphImport

/// State dicts are converted by the catalogue, and by networks that were converted before.
@Suite struct StateDictArchitectureTests {
    private static func write(
        _ name: String, _ path: String, fill: Float, prefix: String = "", second: String? = nil, extra: Bool = false, metadata: [String: String] = [:]
    ) throws {
        let architecture = try #require(TorchCatalogue.all.first { $0.name == name })
        var tensors = architecture.sketch(classes: 3).tensors.map { tensor in
            (name: prefix + tensor.name, source: WeightSource(Tensor<Float>(repeating: fill, shape: tensor.shape)))
        }
        if extra { tensors.append((name: prefix + "head.weight", source: WeightSource(Tensor<Float>(repeating: 0, shape: [2])))) }
        if let second {
            tensors += architecture.sketch(classes: 3).tensors.map { tensor in
                (name: second + tensor.name, source: WeightSource(Tensor<Float>(repeating: 3, shape: tensor.shape)))
            }
        }
        let output = try SafetensorsWriter.write(tensors, metadata: metadata, to: try AtomicOutput(path: path))
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
                == "the file has no architecture; its weights are taken for those of resnet20 of akamaster/pytorch_resnet_cifar10 with 3 classes")
        #expect(summary.remarks.count == 4)
        let inspection = try Inspection(path: folder("a.cnnm"))
        #expect(inspection.metadata.map(\.name) == ["architecture", "architecture_evidence", "classes", "state_dict"])
        #expect(inspection.metadata.prefix(3).map(\.value) == ["resnet20", "tensors", "3"])
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
            #expect(error.problems.first?.causes == ["nearest is resnet20", "the file holds 'weight' of 'head', which resnet20 does not have"])
        }
    }

    /// What a verdict is about, and what was assumed, is said wherever there is one.
    @Test func theVerdictIsAboutTheWeightsInThatArchitecture() throws {
        let folder = try TemporaryFolder()
        try Self.write("resnet20", folder("a.safetensors"), fill: 0.5)
        var options = Conversion.Options()
        options.verifies = false
        for (architecture, evidence) in [(nil, AssumedArchitecture.Evidence.tensors), ("resnet20", .caller)] {
            options.architecture = architecture
            let summary = try Conversion.convert(input: folder("a.safetensors"), output: folder("a.cnnm"), options: options)
            let assumption = try #require(summary.assumedArchitecture)
            #expect(assumption == AssumedArchitecture(name: "resnet20", evidence: evidence, alike: []))
            #expect(assumption.claim == "these weights in resnet20")
            let result = try ModelVerification.verify(folder("a.cnnm"))
            #expect(result.assumption == assumption)
            #expect(try result.json().contains(#""claim": "these weights in resnet20""#))
            #expect(VerificationPage(result).text.contains("The verdict is about these weights in resnet20, which was assumed."))
        }
        _ = try Conversion.convert(input: Fixture.path("keras/digits-residual/model.h5"), output: folder("k.cnnm"), options: Conversion.Options())
        #expect(try ModelVerification.verify(folder("k.cnnm")).assumption == nil)
    }

    /// The file's own word counts more than the names and shapes of its tensors.
    @Test(
        arguments: [
            ("resnet20", nil), ("ResNet-20", nil), ("resnetaa50", "torch.architecture-name"), ("resnet32", "torch.architecture-name"), ("y", nil),
        ])
    func whatTheFileSaysIsObeyed(_ name: String, _ code: String?) throws {
        let folder = try TemporaryFolder()
        try Self.write("resnet20", folder("a.safetensors"), fill: 0.5, metadata: ["arch": name])
        #expect(codes(folder("a.safetensors"), nil).contains(code ?? "") == (code != nil))
        // Who names an architecture has decided.
        #expect(codes(folder("a.safetensors"), .name("resnet20")) == [])
        let model = try LoadedModel(path: folder("a.safetensors"), architecture: .name("resnet20"))
        let said = "the file says that its network is '\(name)' (arch)"
        #expect(try model.reading().remarks.contains(said) == (code != nil))
    }

    @Test func anEntryIsTakenByName() throws {
        let folder = try TemporaryFolder()
        try Self.write("resnet20", folder("a.safetensors"), fill: 0.5, prefix: "model.", second: "model_ema.")
        func first(_ entry: String?) throws -> [UInt8] {
            let graph = try LoadedModel(path: folder("a.safetensors"), entry: entry).graph()
            return try Array(#require(graph.weights["conv1.weight"]).source.bytes().prefix(4))
        }
        #expect(try first(nil) == [0, 0, 0, 0x3F])
        #expect(try first("model") == [0, 0, 0, 0x3F])
        #expect(try first("model_ema") == [0, 0, 0x40, 0x40])
        do throws(ModelError) {
            _ = try LoadedModel(path: folder("a.safetensors"), entry: "net").graph()
        } catch {
            #expect(error.problems.map(\.code) == ["torch.entry"])
            #expect(error.problems.first?.message == "no tensor of the file is below 'net'; the names begin with 'model', 'model_ema'")
        }
        #expect(throws: ModelError.self) { try LoadedModel(path: Fixture.path("keras/digits-residual/model.h5"), entry: "net") }
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
