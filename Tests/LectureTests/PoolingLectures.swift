import ModelCore
import ModelGraph
import ReferenceEngine
import Testing

@Suite("Lectures: pooling and normalisation") struct PoolingLectures {
    private func pooling(_ kind: PoolingKind, stride: Int) -> Pooling {
        Pooling(kind: kind, layout: .nhwc, window: [2, 2], strides: [stride, stride], padding: .valid)
    }

    @Test("max pooling 2x2, stride 2")
    func maximum() throws {
        let first = try image([[2, 2, 7, 3], [9, 4, 6, 1], [8, 5, 2, 4], [3, 1, 2, 6]])
        #expect(try rows(evaluate(pooling(.maximum, stride: 2), first)) == [[9, 7], [8, 6]])
        let second = try image([[1, 1, 2, 4], [5, 6, 7, 8], [3, 2, 1, 0], [1, 2, 3, 4]])
        #expect(try rows(evaluate(pooling(.maximum, stride: 2), second)) == [[6, 8], [3, 4]])
    }

    @Test("max pooling 2x2, stride 1")
    func overlapping() throws {
        let x = try image([[0, 1, 2], [3, 4, 5], [6, 7, 8]])
        #expect(try rows(evaluate(pooling(.maximum, stride: 1), x)) == [[4, 5], [7, 8]])
    }

    @Test("other pooling: average, L2 norm, weighted average")
    func others() throws {
        let x = try image([[2, 2, 7, 3], [4, 4, 6, 0]])
        #expect(try rows(evaluate(pooling(.average, stride: 2), x)) == [[3, 4]])
        let y = try image([[1, 1, 2, 4], [5, 3, 4, 8]])
        #expect(try rows(evaluate(pooling(.l2, stride: 2), y)) == [[6, 10]])
        // A weighted average is a depthwise convolution whose weights sum to 1.
        let weighted = convolution(strides: [2, 2], groups: 1)
        #expect(try rows(evaluate(weighted, x, weights: filter([[0.5, 0.25], [0.125, 0.125]]))) == [[2.5, 5]])
    }

    @Test("batch normalisation: gamma (z - mu) / sqrt(epsilon + sigma^2) + beta")
    func batchNormalization() throws {
        func vector(_ value: Float) -> ReferenceWeight {
            ReferenceWeight(values: Tensor(repeating: value, shape: [1]), layout: .vector)
        }
        let weights = ["gamma": vector(3), "beta": vector(0.5), "mean": vector(1), "variance": vector(3.75)]
        let z = try image([[1, 5], [-3, 2]])
        #expect(try rows(evaluate(BatchNormalization(axis: 3, epsilon: 0.25), z, weights: weights)) == [[0.5, 6.5], [-5.5, 2]])
    }
}
