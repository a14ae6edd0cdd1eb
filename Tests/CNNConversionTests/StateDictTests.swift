import ByteIO
import CNNConversion
import ModelCore
import SafetensorsFormat
import TestSupport
import Testing
import TorchFormat
import ZIPArchive

/// From a program of PyTorch to `.cnnm` and on to a state dict.
@Suite struct StateDictTests {
    /// Every tensor that the network reads comes back with its name, shape and bits.
    @Test(arguments: Fixture.names(in: "torch-export")) func everyTensorComesBack(_ name: String) throws {
        let folder = try TemporaryFolder()
        let source = Fixture.path("torch-export/\(name)/model.pt2")
        var options = Conversion.Options()
        let program = try TorchProgram.read(try ZIPReader(try MappedFile(path: source), caseMatters: true))
        // What a matrix product reads, and what is turned before it is read, is in the graph as a kernel, and comes back as one.
        let tensors = program.weights.filter { !$0.name.contains("matmul") && !$0.name.contains("addmm") }
        options.verifies = false
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
}
