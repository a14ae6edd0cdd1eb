import ModelCore
import ModelGraph
import ReferenceEngine
import Testing

@Suite struct MatMulTests {
    /// Two samples of a 2 by 3 matrix.
    private static let left = Tensor<Float>(shape: [2, 2, 3]) { Float($0 + 1) }

    @Test func productsOfTheMatricesOfEachSample() throws {
        let right = try tensor([2, 3, 2], [1, 0, 0, 1, 1, 1, 2, 0, 0, -1, 1, 0])
        #expect(try evaluate(MatMul(), Self.left, right) == tensor([2, 2, 2], [4, 5, 10, 11, 23, -8, 32, -11]))
    }

    @Test(arguments: [false, true], [false, true]) func transposedInputsAreTheSameMatrices(left: Bool, right: Bool) throws {
        let (x, y) = (integers([2, 3, 4, 5], seed: 1), integers([2, 3, 5, 6], seed: 2))
        let operation = MatMul(transposesLeft: left, transposesRight: right)
        let turned = [left ? x.transposed([0, 1, 3, 2]) : x, right ? y.transposed([0, 1, 3, 2]) : y]
        #expect(try evaluate(operation, turned[0], turned[1]) == evaluate(MatMul(), x, y))
    }

    /// Against a dense layer: the same matrix for all samples, and for all of an inner axis.
    @Test func axesOfSizeOneAreStretched() throws {
        let (x, matrix) = (integers([2, 3, 4, 5], seed: 1), integers([5, 6], seed: 2))
        let expected = try evaluate(Dense(), x, weights: ["kernel": ReferenceWeight(values: matrix, layout: .io)])
        #expect(try evaluate(MatMul(), x, tensor([1, 1, 5, 6], matrix.scalars)) == expected)
        let turned = try evaluate(
            MatMul(transposesLeft: true, transposesRight: true), tensor([1, 1, 5, 6], matrix.scalars), x)
        #expect(turned.transposed([0, 1, 3, 2]) == expected)
    }

    @Test func inputsThatDoNotFitAreRefused() {
        func shape(_ left: [Int], _ right: [Int]) -> [String] { codes(MatMul(), [integers(left, seed: 1), integers(right, seed: 2)]) }
        #expect(shape([2, 3], [3, 2]) == ["graph.shape"])
        #expect(shape([2, 3, 4], [1, 2, 4, 3]) == ["graph.shape"])
        #expect(shape([2, 3, 4], [2, 3, 4]) == ["graph.shape"])
        #expect(shape([2, 3, 4], [3, 4, 3]) == ["graph.shape"])
        #expect(shape([2, 3, 4], [2, 4, 3]) == [])
    }

    @Test func unknownSizesAreStretchedAsInMerge() throws {
        let none = WeightShapes([:])
        #expect(try MatMul().outputShape([[nil, 3, nil], [nil, 4, 5]], none) == [nil, 3, 5])
        #expect(try MatMul().outputShape([[nil, 7, 3, 4], [1, nil, 4, nil]], none) == [nil, 7, 3, nil])
        #expect(try MatMul().outputShape([[nil, 1, 3, 4], [2, nil, 4, 5]], none) == [2, nil, 3, 5])
    }
}
