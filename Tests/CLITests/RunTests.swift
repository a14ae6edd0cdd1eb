import Foundation
import ModelCore
import NumpyFormat
import TestSupport
import Testing

/// `run`: arrays in, arrays out.
@Suite struct RunTests {
    private let tool: Tool
    private let folder: TemporaryFolder
    private let golden: Golden

    /// A network of two inputs and two outputs, one of them an image.
    init() throws {
        tool = try Tool(["in.h5": "keras/graph-two-by-two/model.h5"])
        folder = tool.folder
        golden = try Golden("keras/graph-two-by-two/golden.npz")
        _ = try tool("in.h5", "m.cnnm")
        for (name, tensor) in golden.inputs { try NumpyArray.write(tensor, to: folder("\(name).npy"), inputs: []) }
    }

    private func outputs(_ name: String = "y.npz") throws -> [String: Tensor<Float>] {
        let archive = try NumpyArchive(path: folder(name))
        return try archive.names.reduce(into: [:]) { $0[$1] = try archive.array(named: $1)?.floats() }
    }

    private func near(_ left: Tensor<Float>?, _ right: Tensor<Float>?) -> Bool {
        guard let left, let right else { return false }
        return left.shape == right.shape && zip(left.scalars, right.scalars).allSatisfy { abs($0 - $1) <= 1e-5 }
    }

    @Test("inputs are given in order, by name or in one archive, with the same result", arguments: ["fast", "reference"])
    func waysToGiveInputs(_ engine: String) throws {
        var archive = try NumpyArchiveWriter(path: folder("x.npz"))
        for (name, tensor) in golden.inputs { try archive.add(name, tensor) }
        try archive.commit()
        let ways = [
            "--input image.npy --input extra.npy", "--input extra=extra.npy --input image=image.npy", "--input extra=extra.npy --input image.npy",
            "--input x.npz",
        ]
        var bytes: Set<[UInt8]> = []
        for way in ways {
            #expect(try tool.shell("$cnnconvert run m.cnnm \(way) --output y.npz --engine \(engine)") == .init())
            bytes.insert(try #require(folder.read("y.npz")))
        }
        #expect(bytes.count == 1)
        let results = try outputs()
        #expect(Set(results.keys) == ["classes", "features"])
        for (name, tensor) in results { #expect(near(tensor, golden.outputs[name])) }
    }

    @Test("--layout nchw moves the channels of images, in and out, and of nothing else")
    func callersLayout() throws {
        let image = try #require(golden.inputs["image"])
        try NumpyArray.write(moved(image, [0, 3, 1, 2]), to: folder("first.npy"), inputs: [])
        #expect(try tool("run", "m.cnnm", "--input", "image.npy", "--input", "extra.npy", "--output", "last.npz") == .init())
        #expect(try tool("run", "m.cnnm", "--input", "first.npy", "--input", "extra.npy", "--output", "first.npz", "--layout", "nchw") == .init())
        let (last, first) = (try outputs("last.npz"), try outputs("first.npz"))
        #expect(first["classes"] == last["classes"])
        #expect(first["features"] == last["features"].map { moved($0, [0, 3, 1, 2]) })
        #expect(try tool("run", "m.cnnm", "--input", "image.npy", "--input", "extra.npy", "--output", "y.npz", "--layout", "nhwc") == .init())
        #expect(try outputs() == last)
    }

    private func moved(_ tensor: Tensor<Float>, _ axes: [Int]) -> Tensor<Float> {
        let shape = RowMajor.permuted(tensor.shape, by: axes)
        let steps = RowMajor.permuted(RowMajor.strides(tensor.shape), by: axes)
        let strides = RowMajor.strides(shape)
        return Tensor(shape: shape) { position in
            tensor.scalars[shape.indices.reduce(0) { $0 + position / strides[$1] % shape[$1] * steps[$1] }]
        }
    }

    @Test("a .npy holds one output only")
    func oneArray() throws {
        let outcome = try tool("run", "m.cnnm", "--input", "image.npy", "--input", "extra.npy", "--output", "y.npy")
        #expect(outcome.status == 64)
        #expect(outcome.error == "error[run.output]: the model has 2 outputs, a .npy holds one array\n  --> y.npy\n  hint: write an .npz\n")
        #expect(!folder.names.contains("y.npy"))
    }

    @Test("outputs and activations are never written over an input", arguments: ["--output image.npz", "--output y.npz --activations image.npz"])
    func inputsAreSafe(_ arguments: String) throws {
        var archive = try NumpyArchiveWriter(path: folder("image.npz"))
        for (name, tensor) in golden.inputs { try archive.add(name, tensor) }
        try archive.commit()
        let before = folder.read("image.npz")
        let outcome = try tool.shell("$cnnconvert run m.cnnm --input image.npz \(arguments)")
        #expect(outcome.status == 73)
        #expect(outcome.error.hasPrefix("error[output.is-input]: "))
        #expect(folder.read("image.npz") == before)
        #expect(!folder.names.contains("y.npz"))
    }

    @Test("--activations records inputs and every layer")
    func activations() throws {
        #expect(
            try tool("run", "m.cnnm", "--input", "image.npy", "--input", "extra.npy", "--output", "y.npz", "--activations", "a.npz") == .init())
        let values = try outputs("a.npz")
        #expect(
            Set(values.keys) == ["image", "extra", "features/convolution", "features", "pool", "flatten", "join", "classes/dense", "classes"])
        #expect(values["image"] == golden.inputs["image"])
        for (name, tensor) in try outputs() { #expect(values[name] == tensor) }
    }
}
