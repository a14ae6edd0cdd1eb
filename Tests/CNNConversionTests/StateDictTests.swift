import ByteIO
import ModelCore
import ModelGraph
import SafetensorsFormat
import TestSupport
import Testing
import TorchFormat
import ZIPArchive

@testable import CNNConversion

/// From a program of PyTorch to `.cnnm` and on to a state dict.
@Suite struct StateDictTests {
    /// Every tensor that the network reads comes back with its name, shape and bits.
    @Test(arguments: Fixture.names(in: "torch-export")) func everyTensorComesBack(_ name: String) throws {
        let folder = try TemporaryFolder()
        let source = Fixture.path("torch-export/\(name)/model.pt2")
        var options = Conversion.Options()
        let program = try TorchProgram.read(try ZIPReader(try MappedFile(path: source), caseMatters: true))
        let tensors = program.weights
        options.verifies = false
        // What weights are computed from, the network itself does not read.
        options.keepsUnused = ["derived", "selection"].contains(name)
        _ = try Conversion.convert(input: source, output: folder("model.cnnm"), options: options)
        options.verifies = true
        guard !tensors.isEmpty else {
            #expect(throws: ModelError.self) { try Conversion.convert(input: folder("model.cnnm"), output: folder("back.pth"), options: options) }
            return
        }
        _ = try Conversion.convert(input: folder("model.cnnm"), output: folder("back.pth"), options: options)
        _ = try Conversion.convert(input: folder("model.cnnm"), output: folder("back.safetensors"), options: options)
        let torch = try TorchArchive.read(try ZIPReader(try MappedFile(path: folder("back.pth")), caseMatters: true)).tensors
        let safetensors = try SafetensorsFile(try MappedFile(path: folder("back.safetensors"))).tensors
        let written = [torch.map { ($0.name, $0.source) }, safetensors.map { ($0.name, $0.source) }]
        for back in written.map({ Dictionary($0, uniquingKeysWith: { first, _ in first }) }) {
            for tensor in tensors {
                #expect(back[tensor.name]?.shape == tensor.source.shape, "\(tensor.name)")
                #expect(try back[tensor.name]?.bytes() == tensor.source.bytes(), "\(tensor.name)")
            }
            #expect(back.count == tensors.count)
        }
    }

    /// Names of Keras become PyTorch's, kernels get PyTorch's axes.
    @Test func kerasGoesToPyTorch() throws {
        let folder = try TemporaryFolder()
        _ = try Conversion.convert(input: Fixture.path("keras/digits-residual/model.h5"), output: folder("out.pth"))
        let tensors = try TorchArchive.read(try ZIPReader(try MappedFile(path: folder("out.pth")), caseMatters: true)).tensors
        let shapes = Dictionary(tensors.map { ($0.name, $0.source.shape) }, uniquingKeysWith: { first, _ in first })
        #expect(shapes["stem.weight"] == [12, 1, 3, 3])
        #expect(shapes["block1_sep1.depthwise.weight"] == [12, 1, 3, 3])
        #expect(shapes["block1_sep1.pointwise.weight"] == [12, 12, 1, 1])
        #expect(shapes["block1_bn1.running_var"] == [12])
        #expect(shapes["digit.weight"] == [10, 24])
        #expect(shapes["digit.bias"] == [10])
        #expect(!shapes.keys.contains { $0.contains("/") || $0.hasSuffix("kernel") })
    }

    /// One weight under two names, matrices that are turned or seen otherwise, operands of arithmetic, and counts: all come back but for what is not read.
    @Test(arguments: ["model.pt2", "core.pt2", "model.pt"])
    func everyNameComesBack(_ name: String) throws {
        let folder = try TemporaryFolder()
        let source = Fixture.path("torch-state/\(name)")
        let summary = try Conversion.convert(input: source, output: folder("out.cnnm"))
        #expect(Set(summary.unusedTensors) == ["auxiliary.weight", "auxiliary.bias", "mask"])
        _ = try Conversion.convert(input: folder("out.cnnm"), output: folder("out.pth"))
        _ = try Conversion.convert(input: source, output: folder("direct.pth"))
        let own: [(String, WeightSource)] =
            name.hasSuffix("2")
            ? try TorchProgram.read(try ZIPReader(try MappedFile(path: source), caseMatters: true)).weights.map { ($0.name, $0.source) }
            : try TorchArchive.read(try ZIPReader(try MappedFile(path: source), caseMatters: true)).tensors.map { ($0.name, $0.source) }
        for file in ["out.pth", "direct.pth"] {
            let written = try TorchArchive.read(try ZIPReader(try MappedFile(path: folder(file)), caseMatters: true)).tensors
            let back = Dictionary(uniqueKeysWithValues: written.map { ($0.name, $0.source) })
            #expect(back["norm.num_batches_tracked"]?.dtype == .int64)
            for (name, source) in own where !summary.unusedTensors.contains(name) && !name.hasPrefix("CONSTANTS") {
                #expect(back[name]?.shape == source.shape, "\(name)")
                #expect(try back[name]?.bytes() == source.bytes(), "\(name)")
            }
            #expect(back.count == own.count { !$0.0.hasPrefix("CONSTANTS") } - 3)
        }
    }

    /// Other weights for a converted network: every tensor under its own name and in its own axes.
    @Test func otherWeightsForAConvertedNetwork() throws {
        let folder = try TemporaryFolder()
        _ = try Conversion.convert(input: Fixture.path("torch-state/model.pt2"), output: folder("out.cnnm"))
        let source = try #require(try ArchitectureSource(file: nil, name: folder("out.cnnm")))
        let graph = try LoadedModel(path: Fixture.path("torch-state/state.pth"), architecture: source).graph()
        let template = try LoadedModel(path: folder("out.cnnm")).graph()
        for name in template.weightOrder {
            #expect(try graph.weights[name]?.source.bytes() == template.weights[name]?.source.bytes(), "\(name)")
        }
    }

    /// What a file is, is said.
    @Test(arguments: [("fx.pt", "torch.no-architecture"), ("quantised.pth", "torch.quantised"), ("quantised.pt", "torch.quantised")])
    func filesOfOtherKinds(_ name: String, _ code: String) {
        do throws(ModelError) {
            _ = try LoadedModel(path: Fixture.path("torch-state/\(name)")).graph()
            Issue.record("nothing was thrown")
        } catch {
            #expect(error.problems.map(\.code) == [code])
        }
    }

    /// A record says in the metadata of a `.cnnm` what it says in memory.
    @Test func recordsAreReadAsTheyWereWritten() throws {
        var record = StateDictRecord()
        record.tensors = try [
            #require(StateDictRecord.Tensor(name: "a", shape: [2, 3], weight: "a", split: [3, 2], permutation: [1, 0])),
            #require(StateDictRecord.Tensor(name: "b", shape: [2, 3], weight: "a", split: [3, 2], permutation: [1, 0])),
            #require(StateDictRecord.Tensor(name: "c", shape: [4], weight: "c:1", split: [4], permutation: [0])),
            #require(StateDictRecord.Tensor(name: "d", shape: [2, 2], weight: "d", split: [4], permutation: [0])),
            #require(StateDictRecord.Tensor(name: "e", shape: [], weight: "e", split: [], permutation: [])),
        ]
        record.counters = ["n": 7]
        record.unused = ["u"]
        record.consumed = ["v"]
        #expect(StateDictRecord(metadata: record.metadata) == record)
        #expect(StateDictRecord(metadata: [:]) == nil)
        #expect(StateDictRecord().metadata.isEmpty)
    }

    /// What a file says of its tensors is checked before it is believed.
    @Test(
        arguments: [
            #"{"tensors": {"a": {"split": [2], "permutation": [1]}}}"#, #"{"tensors": {"a": {"split": [-2, -3]}}}"#,
            #"{"tensors": {"a": {"split": [9223372036854775807, 4]}}}"#, #"{"tensors": {"a": {"split": [4], "shape": [3]}}}"#,
            #"{"tensors": {"a": {"split": "x"}}}"#, #"{"tensors": [1]}"#, #"{"tensors": {"a": {"split": [4], "permutation": [0, 0]}}}"#,
        ])
    func brokenRecordsAreOfNoTensor(_ text: String) throws {
        let record = try #require(StateDictRecord(metadata: ["state_dict": text]))
        #expect(record.tensors.isEmpty)
    }

    /// Tensors that no layer reads are named, and kept if that is wanted.
    @Test func unusedTensorsAreKept() throws {
        let folder = try TemporaryFolder()
        let source = Fixture.path("torch-state/model.pt2")
        var options = Conversion.Options()
        let plain = try Conversion.convert(input: source, output: folder("plain.cnnm"), options: options)
        #expect(plain.unusedTensors == ["auxiliary.weight", "auxiliary.bias", "mask"])
        #expect(plain.consumedTensors == [])
        let back = try Conversion.convert(input: folder("plain.cnnm"), output: folder("plain.pth"))
        #expect(back.unusedTensors == plain.unusedTensors)
        options.keepsUnused = true
        let kept = try Conversion.convert(input: source, output: folder("kept.cnnm"), options: options)
        #expect(kept.unusedTensors == [])
        _ = try Conversion.convert(input: folder("kept.cnnm"), output: folder("kept.pth"))
        let program = try TorchProgram.read(try ZIPReader(try MappedFile(path: source), caseMatters: true))
        for (file, missing) in [("plain.pth", plain.unusedTensors), ("kept.pth", [])] {
            let written = try TorchArchive.read(try ZIPReader(try MappedFile(path: folder(file)), caseMatters: true)).tensors
            let tensors = Dictionary(uniqueKeysWithValues: written.map { ($0.name, $0.source) })
            for tensor in program.weights where !missing.contains(tensor.name) {
                #expect(tensors[tensor.name]?.shape == tensor.source.shape, "\(tensor.name)")
                #expect(try tensors[tensor.name]?.bytes() == tensor.source.bytes(), "\(tensor.name)")
            }
            #expect(tensors.count == program.weights.count - missing.count)
        }
        // The kept tensors are in the file, and no layer's.
        #expect(try Inspection(path: folder("kept.cnnm")).layers == Inspection(path: folder("plain.cnnm")).layers)
        var verification = ModelVerification.Options()
        verification.source = source
        #expect(try ModelVerification.verify(folder("kept.cnnm"), options: verification).differences == [])
        // The twin without PReLU has the same names, and another mask would be told.
        verification.source = Fixture.path("torch-state/core.pt2")
        let other = try ModelVerification.verify(folder("kept.cnnm"), options: verification)
        #expect(other.isDifferent)
    }
}
