import ByteIO
import CNNMFormat
import ModelCore
import ModelGraph
import TestSupport
import Testing
import Verification

@testable import CNNConversion

/// Files that were changed after they were written, every digest of a tensor and of the header made to fit again.
@Suite struct FingerprintTests {
    /// What `verify` finds of a file's fingerprints.
    private static func differences(_ file: CNNMFile, threads: Int) throws -> [Problem] {
        let trial = try FingerprintCheck.trial(file)
        let report = try GraphVerification.verify(file.document.graph, threads: threads, fingerprints: trial)
        return FingerprintCheck.differences(file, trial, report.fingerprints)
    }

    static func network() throws -> Graph {
        var builder = GraphBuilder(name: "network")
        builder.addInput(GraphInput(name: "image", shape: [nil, 6, 5, 3], layout: .nhwc))
        builder.addInput(GraphInput(name: "words", shape: [nil, 4]))
        for (name, shape, layout) in [
            ("kernel", [3, 3, 3, 5], KernelLayout.hwio), ("mean", [5], .vector), ("variance", [5], .vector), ("alpha", [6, 5, 5], .other),
            ("table", [7, 2], .other), ("dense", [158, 6], .io), ("bias", [6], .vector),
        ] {
            var random = RandomStream(seed: UInt64(shape.count + shape[0]))
            builder.addWeight(name, Weight(WeightSource(Tensor<Float>(shape: shape) { _ in random.nextFloat() / 4 + 1 }), layout: layout))
        }
        let convolution = Convolution(layout: .nhwc, strides: [1, 1], dilations: [1, 1], groups: 1, padding: .same)
        _ = try builder.add("conv", convolution.erased, inputs: ["image"], weights: ["kernel": "kernel"])
        _ = try builder.add(
            "norm", BatchNormalization(axis: 3, epsilon: 1e-3).erased, inputs: ["conv"], weights: ["mean": "mean", "variance": "variance"])
        _ = try builder.add("prelu", PReLU().erased, inputs: ["norm"], weights: ["alpha": "alpha"])
        _ = try builder.add("embed", Embedding().erased, inputs: ["words"], weights: ["table": "table"])
        _ = try builder.add("flat", Flatten().erased, inputs: ["prelu"])
        _ = try builder.add("row", Flatten().erased, inputs: ["embed"])
        _ = try builder.add("both", Concatenate(axis: 1).erased, inputs: ["flat", "row"])
        _ = try builder.add("dense", Dense().erased, inputs: ["both"], weights: ["kernel": "dense", "bias": "bias"])
        _ = try builder.add("prob", Softmax(axes: [1]).erased, inputs: ["dense"])
        builder.addOutput(GraphOutput(name: "prob", value: "prob"))
        return builder.graph
    }

    /// The file that `convert` would write of the network.
    static func write(to path: String, threads: Int = 1) throws {
        let document = CNNMDocument(try network(), producer: .init(name: "test", version: "1"))
        let recorder = try #require(FingerprintRecorder(document.graph, threads: threads))
        var output = try AtomicOutput(path: path)
        try CNNMWriter.write(recorder.prepared(document), to: &output, fingerprint: recorder.record)
        try output.commit()
    }

    /// The problems of a file that was read, changed, and written again with the fingerprints that it had.
    private func problems(after change: (inout CNNMDocument) throws -> Void) throws -> [Problem] {
        let folder = try TemporaryFolder()
        try Self.write(to: folder("a.cnnm"))
        var document = try CNNMFile(path: folder("a.cnnm")).document
        try change(&document)
        var output = try AtomicOutput(path: folder("b.cnnm"))
        try CNNMWriter.write(document, to: &output)
        try output.commit()
        let file = try CNNMFile(path: folder("b.cnnm"))
        try file.checkIntegrity()
        return try Self.differences(file, threads: 2)
    }

    @Test func anUntouchedFileHasItsFingerprints() throws {
        #expect(try problems(after: { _ in }) == [])
    }

    /// A network that no sizes of the rule go through: the file says with which it was tried.
    @Test func sizesThatDoNotFollowFromTheNetworkAreInTheFile() throws {
        var builder = GraphBuilder(name: "unet")
        builder.addInput(GraphInput(name: "image", shape: [nil, nil, nil, 3], layout: .nhwc))
        let pooling = Pooling(kind: .maximum, layout: .nhwc, window: [2, 2], strides: [2, 2], padding: .valid)
        _ = try builder.add("down", pooling.erased, inputs: ["image"])
        _ = try builder.add("up", Resize(layout: .nhwc, target: .factors([2, 2]), interpolation: .nearest).erased, inputs: ["down"])
        _ = try builder.add("both", Concatenate(axis: 3).erased, inputs: ["image", "up"])
        builder.addOutput(GraphOutput(name: "both", value: "both"))
        let document = CNNMDocument(builder.graph, producer: .init(name: "test", version: "1"))
        let recorder = try #require(FingerprintRecorder(document.graph, threads: 1))
        let folder = try TemporaryFolder()
        var output = try AtomicOutput(path: folder("a.cnnm"))
        try CNNMWriter.write(recorder.prepared(document), to: &output, fingerprint: recorder.record)
        try output.commit()
        let file = try CNNMFile(path: folder("a.cnnm"))
        guard case .recorded(let list) = file.document.fingerprints else {
            Issue.record("no fingerprints")
            return
        }
        #expect(list.inputs == [[2, 38, 46, 3]])
        #expect(list.nodes.map(\.shape) == [[2, 19, 23, 3], [2, 38, 46, 3], [2, 38, 46, 6]])
        #expect(try Self.differences(file, threads: 1) == [])
        #expect(try SpeedMeasurement(path: folder("a.cnnm"), threads: 1, runs: 1).runs == 1)
    }

    @Test func theFileIsTheSameWithAnyNumberOfThreads() throws {
        let folder = try TemporaryFolder()
        try Self.write(to: folder("1.cnnm"), threads: 1)
        try Self.write(to: folder("5.cnnm"), threads: 5)
        #expect(folder.read("1.cnnm") == folder.read("5.cnnm"))
    }

    @Test(arguments: [
        ("kernel", 40, "conv"), ("mean", 3, "norm"), ("variance", 0, "norm"), ("alpha", 149, "prelu"), ("table", 13, "embed"),
        ("dense", 947, "dense"),
        ("bias", 5, "dense"),
    ])
    func oneWeightOffByOneUnitIsNoticed(_ name: String, _ index: Int, _ layer: String) throws {
        let problems = try problems { document in
            let weight = try #require(document.graph.weights[name])
            var tensor = try weight.source.tensor()
            tensor[position: index] = tensor.scalars[index].nextUp
            document.graph.weights[name] = Weight(WeightSource(tensor), layout: weight.layout)
        }
        #expect(problems.map(\.code) == ["verify.fingerprint"])
        #expect(problems.map(\.kind) == [.different])
        #expect(problems.first?.location.node == layer)
        #expect(problems.first?.message.contains("its weights, attributes or inputs are not those that were written") == true)
        #expect(problems.first?.message.hasSuffix("; no other layer differs") == true)
    }

    private func change(_ document: inout CNNMDocument, _ name: String, _ body: (inout Node) -> Void) throws {
        let index = try #require(document.graph.nodes.firstIndex { $0.name == name })
        body(&document.graph.nodes[index])
    }

    @Test func aChangedAttributeIsNoticed() throws {
        let problems = try problems { try change(&$0, "norm") { $0.operation = BatchNormalization(axis: 3, epsilon: 0.0010000001).erased } }
        #expect(problems.map(\.location.node) == ["norm"])
    }

    @Test func operandsThatWereSwappedAreNoticed() throws {
        let problems = try problems { try change(&$0, "both") { $0.inputs.reverse() } }
        #expect(problems.map(\.location.node) == ["both"])
        #expect(problems.first?.message.contains("on noise it gives") == true)
    }

    /// The first in the order of execution is named, the others are counted.
    @Test func allThatDifferAreCounted() throws {
        let problems = try problems { document in
            for name in ["conv", "norm", "prelu"] {
                try change(&document, name) {
                    $0.operation = Identity().erased
                    $0.weights = [:]
                }
            }
            try change(&document, "dense") {
                $0.operation = Softmax(axes: [1]).erased
                $0.weights = [:]
            }
        }
        #expect(problems.map(\.location.node) == ["conv"])
        #expect(problems.first?.message.hasSuffix("; 7 of 9 layers differ") == true)
        #expect(problems.first?.message.contains("its output has the shape [2, 6, 5, 3], not [2, 6, 5, 5]") == true)
    }

    /// Any program may leave them out, and may record what this one does not know.
    @Test func otherFilesAreNotJudged() throws {
        #expect(try problems { $0.fingerprints = nil } == [])
        #expect(try problems { $0.fingerprints = .unknown(["version": .integer(2)]) } == [])
    }

    @Test(arguments: [
        "keras/digits-lenet/model.h5", "keras/digits-residual/model.h5", "torch-export/named/model.pt2", "torch-export/normalisation/model.pt2",
    ])
    func aConversionHasFingerprintsAndKeepsThem(_ fixture: String) throws {
        let folder = try TemporaryFolder()
        _ = try Conversion.convert(input: Fixture.path(fixture), output: folder("a.cnnm"))
        let file = try CNNMFile(path: folder("a.cnnm"))
        #expect(file.document.fingerprints != nil)
        #expect(try Self.differences(file, threads: 1) == [])
        _ = try Conversion.convert(input: folder("a.cnnm"), output: folder("b.cnnm"))
        let isTheSame = folder.read("a.cnnm") == folder.read("b.cnnm")
        #expect(isTheSame)
    }
}
