import ModelCore
import ModelGraph
import ReferenceEngine
import Testing

@testable import Verification

@Suite struct NodeCheckTests {
    static let node = Node(name: "sum", operation: Merge(.add).erased, inputs: ["a", "b"], output: "sum")

    private func report(_ a: [Float], _ b: [Float], gave sum: [Float]) throws -> NodeReport {
        func tensor(_ values: [Float]) throws -> Tensor<Float> { try #require(Tensor(shape: [1, values.count], scalars: values)) }
        let check = NodeCheck(Self.node, of: Graph(name: "g"), inputs: [try tensor(a), try tensor(b)])
        return try check.report(on: try tensor(sum), sampling: .all, seed: 0)
    }

    @Test func equalBitsAreIdentical() throws {
        #expect(try report([1, 2], [3, 4], gave: [4, 6]).verdict == .identical)
    }

    /// 1 + 2^-24 lies halfway between two numbers: both are roundings of it, the next number is not.
    @Test func eitherRoundingIsAdmissibleAndTheNextNumberIsNot() throws {
        #expect(try report([1], [0x1p-24], gave: [1]).verdict == .identical)
        let up = try report([1], [0x1p-24], gave: [Float(1).nextUp])
        #expect(up.verdict == .rounding)
        #expect(up.ulps == 0.5)
        let beyond = try report([1], [0x1p-24], gave: [Float(1).nextUp.nextUp])
        #expect(beyond.verdict == .different)
        #expect(beyond.worst?.engine == "fast")
        #expect(beyond.worst?.index == [0, 0])
        #expect(beyond.rho > 1)
        #expect(beyond.ulps == 1.5)
    }

    @Test func notANumberWhereThereIsOneIsADifference() throws {
        #expect(try report([1], [1], gave: [.nan]).verdict == .different)
        #expect(try report([1], [1], gave: [.nan]).ulps == .infinity)
        #expect(try report([1], [1], gave: [.infinity]).verdict == .different)
    }

    @Test func infinitiesAndNaNThatTheInputsCauseAreNot() throws {
        #expect(try report([.infinity], [1], gave: [.infinity]).verdict == .identical)
        #expect(try report([.infinity], [-.infinity], gave: [.nan]).verdict != .different)
    }

    @Test func overflowIsInconclusive() throws {
        let most = Float.greatestFiniteMagnitude
        #expect(try report([most], [most], gave: [.infinity]).verdict == .inconclusive)
    }

    @Test func operatorsThatOnlyMoveAreHeldToTheBit() throws {
        let input = Tensor<Float>(shape: [1, 2, 3], generating: { Float($0) })
        let node = Node(name: "turn", operation: Transpose(permutation: [0, 2, 1]).erased, inputs: ["x"], output: "turn")
        let check = NodeCheck(node, of: Graph(name: "g"), inputs: [input])
        var output = try Reference.evaluate(node.operation, inputs: [input], weights: [:])
        #expect(try check.report(on: output, sampling: .all, seed: 0).verdict == .identical)
        output[position: 3] = output.scalars[3].nextUp
        let report = try check.report(on: output, sampling: .all, seed: 0)
        #expect(report.verdict == .different)
        #expect(report.rho == .infinity)
    }

    @Test(arguments: [[1, 7, 7, 2048], [2, 100, 100, 3], [1, 5000], [3, 17], [4, 4, 4, 4]])
    func aSampleHasEveryChannelAndEnoughElements(_ shape: [Int]) {
        let count = shape.reduce(1, *)
        let positions = Sampling.sample(atLeast: 1024).positions(of: shape, seed: 3)
        #expect(Set(positions).count == positions.count)
        #expect(positions.count >= min(1024, count))
        #expect(Set(positions.map { $0 % (shape.last ?? 1) }).count == shape.last)
        #expect(positions.allSatisfy { (0..<count).contains($0) })
    }

    @Test func trialInputsFillOpenSizesWithDifferentOnesAndAreNoise() throws {
        var builder = GraphBuilder(name: "open")
        builder.addInput(GraphInput(name: "image", shape: [nil, nil, nil, 3]))
        let pooling = Pooling(kind: .maximum, layout: .nhwc, window: [40, 2], strides: [1, 1], padding: .valid)
        _ = try builder.add("pool", pooling.erased, inputs: ["image"])
        builder.addOutput(GraphOutput(name: "pool", value: "pool"))
        let tensor = try #require(try TrialInput.make(for: builder.graph, seed: 1)["image"])
        #expect(tensor.shape == [2, 67, 71, 3])
        #expect(Set(tensor.scalars).count > tensor.scalars.count * 9 / 10)
        #expect(tensor.scalars.allSatisfy { $0 >= -1 && $0 < 1 })
    }
}
