import ModelCore
import ModelGraph
import ReferenceEngine
import Testing

/// A tensor of these values; the test fails where their number is not that of the shape.
func tensor(_ shape: [Int], _ values: [Float]) throws -> Tensor<Float> {
    try #require(Tensor(shape: shape, scalars: values))
}

func vector(_ values: [Float]) throws -> ReferenceWeight {
    ReferenceWeight(values: try tensor([values.count], values), layout: .vector)
}

/// The whole output in Float32.
func evaluate(
    _ operation: any OperatorDefinition, _ inputs: Tensor<Float>..., weights: [String: ReferenceWeight] = [:]
) throws -> Tensor<Float> {
    try Reference.evaluate(operation.erased, inputs: inputs, weights: weights)
}

/// The whole output in Float64.
func evaluateWidely(
    _ operation: any OperatorDefinition, _ inputs: Tensor<Float>..., weights: [String: ReferenceWeight] = [:]
) throws -> Tensor<Double> {
    try Reference.evaluate(operation.erased, inputs: inputs.map { $0.map(Double.init) }, weights: weights)
}

/// The codes of the problems that evaluating throws.
func codes(_ operation: any OperatorDefinition, _ inputs: [Tensor<Float>], weights: [String: ReferenceWeight] = [:]) -> [String] {
    do throws(ModelError) {
        _ = try Reference.evaluate(operation.erased, inputs: inputs, weights: weights)
        return []
    } catch {
        return error.problems.map(\.code)
    }
}

/// The same sequence for the same seed (SplitMix64).
struct Seeded: RandomNumberGenerator {
    var state: UInt64

    init(_ seed: Int) { state = UInt64(truncatingIfNeeded: seed) }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = (state ^ (state >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}

/// Small integers, on which sums are exact in every order.
func integers(_ shape: [Int], seed: Int) -> Tensor<Float> {
    var generator = Seeded(seed)
    return Tensor(shape: shape) { _ in Float(Int.random(in: -4...4, using: &generator)) }
}

/// Numbers whose sums depend on their order.
func fractions(_ shape: [Int], seed: Int) -> Tensor<Float> {
    var generator = Seeded(seed)
    return Tensor(shape: shape) { _ in Float.random(in: -1...1, using: &generator) }
}

extension Tensor {
    /// Axis k of the result is axis `permutation[k]` of this tensor; written anew here, so that tests do not lean on the engine.
    func transposed(_ permutation: [Int]) -> Tensor {
        let strides = RowMajor.strides(shape)
        let sizes = permutation.map { shape[$0] }
        return Tensor(shape: sizes) { position in
            var rest = position
            var source = 0
            for (size, axis) in zip(sizes, permutation).reversed() {
                source += rest % size * strides[axis]
                rest /= size
            }
            return scalars[source]
        }
    }

    /// The indices `range` of one axis.
    func part(_ range: Range<Int>, axis: Int) -> Tensor {
        var sizes = shape
        sizes[axis] = range.count
        let inner = shape[(axis + 1)...].reduce(1, *)
        return Tensor(shape: sizes) { position in
            let (outer, rest) = position.quotientAndRemainder(dividingBy: range.count * inner)
            return scalars[outer * shape[axis] * inner + range.lowerBound * inner + rest]
        }
    }
}

extension Tensor where Scalar == Float {
    /// The bits of the elements, to tell 0 from -0.
    var bits: [UInt32] { scalars.map(\.bitPattern) }
}
