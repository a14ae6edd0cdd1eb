import ModelCore
import ModelGraph
import Testing

@testable import Verification

/// Sizes for networks that accept not every one.
@Suite struct TrialSizesTests {
    private static func network(_ shape: Shape = [nil, nil, nil, 3], _ body: (inout GraphBuilder) throws -> String) throws -> Graph {
        var builder = GraphBuilder(name: "open")
        builder.addInput(GraphInput(name: "image", shape: shape, layout: .nhwc))
        builder.addOutput(GraphOutput(name: "result", value: try body(&builder)))
        return builder.graph
    }

    private static func pool(_ builder: inout GraphBuilder, _ name: String, _ input: String, window: Int = 2) throws -> String {
        let pooling = Pooling(kind: .maximum, layout: .nhwc, window: [window, window], strides: [window, window], padding: .valid)
        return try builder.add(name, pooling.erased, inputs: [input])
    }

    private static func grow(_ builder: inout GraphBuilder, _ name: String, _ input: String, by factor: Int = 2) throws -> String {
        let resize = Resize(layout: .nhwc, target: .factors([factor, factor]), interpolation: .nearest)
        return try builder.add(name, resize.erased, inputs: [input])
    }

    /// An encoder and a decoder that meet at every level.
    private static func unet(_ builder: inout GraphBuilder, from input: String, depth: Int) throws -> String {
        var levels = [input]
        for level in 0..<depth { levels.append(try pool(&builder, "down\(level)", levels[level])) }
        var value = levels[depth]
        for level in (0..<depth).reversed() {
            let large = try grow(&builder, "up\(level)", value)
            value = try builder.add("join\(level)", Concatenate(axis: 3).erased, inputs: [large, levels[level]])
        }
        return value
    }

    @Test(arguments: [(1, [2, 38, 46, 3]), (2, [2, 44, 52, 3]), (3, [2, 40, 56, 3]), (4, [2, 48, 80, 3]), (5, [1, 64, 96, 3])])
    func anEncoderAndADecoderGetMultiplesOfTheirStride(_ depth: Int, _ expected: [Int]) throws {
        let sizes = try TrialSizes(for: try Self.network { try Self.unet(&$0, from: "image", depth: depth) })
        #expect(sizes.shapes == ["image": expected])
        #expect(!sizes.followsRule)
    }

    @Test func stridesOfThreeAreFound() throws {
        let graph = try Self.network { builder in
            let small = try Self.pool(&builder, "down", "image", window: 9)
            return try builder.add("join", Concatenate(axis: 3).erased, inputs: [try Self.grow(&builder, "up", small, by: 9), "image"])
        }
        #expect(try TrialSizes(for: graph).shapes == ["image": [2, 45, 63, 3]])
    }

    /// A border is cut off, and what is left is to be a multiple of 32.
    @Test func aBorderLeavesARemainder() throws {
        let graph = try Self.network { builder in
            let inner = try builder.add("inner", Crop(before: [0, 2, 2, 0], after: [0, 3, 3, 0]).erased, inputs: ["image"])
            return try Self.unet(&builder, from: inner, depth: 5)
        }
        #expect(try TrialSizes(for: graph).shapes == ["image": [1, 69, 101, 3]])
    }

    @Test func axesThatChangePlacesAreAlike() throws {
        let graph = try Self.network { builder in
            let turned = try builder.add("turned", Transpose(permutation: [0, 2, 1, 3]).erased, inputs: ["image"])
            return try builder.add("sum", Merge(.add).erased, inputs: ["image", turned])
        }
        #expect(try TrialSizes(for: graph).shapes == ["image": [2, 32, 32, 3]])
    }

    /// 15 x 19 x 3 features, which a window of 2 makes of 30 or 31 by 38 or 39.
    @Test func aDenseLayerSaysHowManyFeatures() throws {
        let graph = try Self.network { builder in
            builder.addWeight("kernel", Weight(WeightSource(Tensor<Float>(shape: [855, 2]) { _ in 1 }), layout: .io))
            let small = try Self.pool(&builder, "pool", "image")
            let row = try builder.add("row", Flatten().erased, inputs: [small])
            return try builder.add("dense", Dense().erased, inputs: [row], weights: ["kernel": "kernel"])
        }
        #expect(try TrialSizes(for: graph).shapes == ["image": [2, 31, 38, 3]])
    }

    /// Rows and rows less one are never as many.
    @Test func aNetworkThatAcceptsNothingSaysWhatWasTried() throws {
        let graph = try Self.network { builder in
            let one = try builder.add("one", Crop(before: [0, 1, 0, 0], after: [0, 0, 0, 0]).erased, inputs: ["image"])
            return try builder.add("join", Concatenate(axis: 3).erased, inputs: ["image", one])
        }
        let error = #expect(throws: ModelError.self) { try TrialSizes(for: graph) }
        #expect(error?.problems.map(\.code) == ["run.open-sizes", "graph.shape"])
        #expect(error?.problems.first?.message.contains("with 'image' [1, 131, 137, 3] these layers refuse theirs") == true)
        #expect(error?.problems.first?.hint?.contains("`Conversion.Options.inputShapes`") == true)
    }

    @Test func whatIsKnownIsOneError() throws {
        var graph = try Self.network([nil, 8, 8, 3]) { try Self.pool(&$0, "pool", "image") }
        graph.inputs[0].shape = [nil, 1, 1, 3]
        let error = #expect(throws: ModelError.self) { try TrialSizes(for: graph) }
        #expect(error?.problems.map(\.code) == ["graph.shape"])
    }

    @Test(arguments: [[[2, 38, 46, 3]], [[1, 4, 6, 3]]])
    func givenSizesAreTaken(_ sizes: [[Int]]) throws {
        let graph = try Self.network { try Self.unet(&$0, from: "image", depth: 1) }
        #expect(try TrialSizes(sizes, for: graph).shapes == ["image": sizes[0]])
    }

    @Test(arguments: [[], [[2, 38, 46, 3], [1]], [[2, 38, 46, 4]], [[2, 38, 46]], [[2, 0, 46, 3]], [[2, 37, 46, 3]], [[2, .max, .max, 3]]])
    func givenSizesThatAreNotTheNetworksAreRefused(_ sizes: [[Int]]) throws {
        let graph = try Self.network { try Self.unet(&$0, from: "image", depth: 1) }
        #expect(throws: ModelError.self) { try TrialSizes(sizes, for: graph) }
    }

    @Test func fingerprintsAreMadeWithThem() throws {
        let graph = try Self.network { try Self.unet(&$0, from: "image", depth: 1) }
        let trial = try FingerprintTrial(graph, seed: 1, inputs: [[1, 4, 6, 3]])
        #expect(trial.shape(of: graph.nodes[0]) == [1, 2, 3, 3])
        let found = try FingerprintTrial(graph, seed: 1)
        #expect(found.shape(of: graph.nodes[0]) == [2, 19, 23, 3])
        #expect(
            try FingerprintTrial(graph, seed: 1, inputs: [[2, 38, 46, 3]]).outcome(of: graph.nodes[0], threads: 1)
                == found.outcome(of: graph.nodes[0], threads: 1))
    }
}
