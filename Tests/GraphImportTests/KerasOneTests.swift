import GraphImport
import KerasFormat
import LayoutConversion
import ModelCore
import ModelGraph
import ReferenceEngine
import TestSupport
import Testing
import Verification

/// Random networks in the format of Keras 1, each in TensorFlow's order of axes and in Theano's.
@Suite struct KerasOneTests {
    static let seeds = Fixture.names(in: "keras1-random")

    private static func graph(_ seed: String, _ order: String) throws -> Graph {
        try KerasImporter.graph(from: KerasFile.read(path: Fixture.path("keras1-random/\(seed)/\(order).h5")))
    }

    /// The input in a file's order: its channels moved behind the batch for `th`. Sequences have them last in either order.
    private static func inputs(_ golden: Golden, _ order: String) throws -> [String: Tensor<Float>] {
        let image = try #require(golden.inputs["image"])
        guard order == "th", image.shape.count > 3 else { return golden.inputs }
        let permutation = [0, image.shape.count - 1] + Array(1..<image.shape.count - 1)
        let shape = RowMajor.permuted(image.shape, by: permutation)
        let strides = RowMajor.permuted(RowMajor.strides(image.shape), by: permutation)
        let sizes = RowMajor.strides(shape)
        let moved = Tensor<Float>(shape: shape) { element in
            image.scalars[shape.indices.reduce(0) { $0 + element / sizes[$1] % shape[$1] * strides[$1] }]
        }
        return ["image": moved]
    }

    @Test func thereAreNetworks() {
        #expect(Self.seeds.count >= 8)
    }

    /// What NumPy computed from the same numbers, within the rounding that adds up on the way.
    @Test(arguments: seeds, ["tf", "th"]) func outputsReproduceNumPy(_ seed: String, _ order: String) throws {
        let graph = try Self.graph(seed, order)
        let golden = try Golden("keras1-random/\(seed)/golden.npz")
        let reports = try ForwardAnalysis.certify(graph, inputs: Self.inputs(golden, order), trace: golden.outputs, isLocal: false)
        #expect(reports.count == 1)
        for report in reports where report.verdict != .identical && report.verdict != .rounding { Issue.record("\(report)") }
    }

    /// Both files are one network: in Float64 they differ by the order of summation alone, 2^-53 for each of some thousand additions.
    @Test(arguments: seeds) func bothOrdersAreOneNetwork(_ seed: String) throws {
        let golden = try Golden("keras1-random/\(seed)/golden.npz")
        let name = try #require(golden.outputs.keys.first)
        let results = try ["tf", "th"].map { order in
            let graph = try LayoutConversion.channelsLast(Self.graph(seed, order))
            let inputs = try Self.inputs(golden, order).mapValues { Tensor<Double>(shape: $0.shape, uncheckedScalars: $0.scalars.map(Double.init)) }
            return try #require(Reference.run(graph, inputs: inputs)[name])
        }
        #expect(results[0].shape == results[1].shape)
        let largest = results[0].scalars.reduce(0) { max($0, abs($1)) }
        for (left, right) in zip(results[0].scalars, results[1].scalars) { #expect(abs(left - right) <= 0x1p-40 * largest) }
    }
}
