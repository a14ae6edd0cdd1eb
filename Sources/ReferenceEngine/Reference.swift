package import ModelCore
package import ModelGraph

/// Output elements on demand.
package struct Evaluation<Scalar: Sendable>: Sendable {
    /// The shape of the output.
    package let shape: [Int]
    /// Computes the element at this row-major position, `0..<count`, and nothing else.
    package let element: @Sendable (Int) -> Scalar

    /// How many elements there are.
    package var count: Int { shape.reduce(1, *) }
}

/// The definition of what each operator computes: plain loops, any layout, in the type of the inputs.
///
/// - Every sum is taken in the type itself, one rounded product after the other, in an order that does not depend on the layout; each operator
///   documents its own. The same data in another layout therefore gives the same bits.
/// - Constants of formulas are rounded to `Float` first, whatever the type: `Double` evaluates the Float32 network exactly.
/// - NaN in an element that an output depends on makes the output NaN, unless an operator says otherwise.
///
/// All entry points throw `run.input-count`, `run.weight-role`, `run.empty`, `run.too-large`, and what shape inference throws.
package enum Reference {
    /// The most elements that an output may have; the sizes may come from a hostile file.
    package static let elementLimit = 1 << 31

    /// Prepares single elements: checks everything, computes what whole rows need (a softmax), but no element.
    package static func evaluation(
        of operation: Operator, inputs: [Tensor<Float>], weights: [String: ReferenceWeight]
    ) throws(ModelError) -> Evaluation<Float> {
        try prepare(operation, inputs, weights)
    }

    /// Prepares single elements in Float64.
    package static func evaluation(
        of operation: Operator, inputs: [Tensor<Double>], weights: [String: ReferenceWeight]
    ) throws(ModelError) -> Evaluation<Double> {
        try prepare(operation, inputs, weights)
    }

    /// Prepares all that certifies single elements, for operators whose elements are sums of products; `nil` for others.
    package static func certifiedSums(
        of operation: Operator, inputs: [Tensor<Float>], weights: [String: ReferenceWeight]
    ) throws(ModelError) -> Evaluation<CertifiedSum>? {
        let element: @Sendable (Int) -> CertifiedSum
        let operands = try operands(operation, inputs, weights)
        switch operation {
        case .convolution(let definition): element = try definition.sums(operands)
        case .dense(let definition): element = try definition.sums(operands)
        case .dot(let definition): element = definition.certifiedSums(operands)
        case .locallyConnected(let definition): element = try definition.sums(operands)
        case .matMul(let definition): element = definition.certifiedSums(operands)
        case .transposedConvolution(let definition): element = try definition.sums(operands)
        default: return nil
        }
        return Evaluation(shape: operands.outputShape, element: element)
    }

    /// Computes every element, split over `threads`; the result does not depend on their number.
    package static func evaluate(
        _ operation: Operator, inputs: [Tensor<Float>], weights: [String: ReferenceWeight], threads: Int = 1
    ) throws(ModelError) -> Tensor<Float> {
        try fill(prepare(operation, inputs, weights), threads: threads)
    }

    /// Computes every element in Float64.
    package static func evaluate(
        _ operation: Operator, inputs: [Tensor<Double>], weights: [String: ReferenceWeight], threads: Int = 1
    ) throws(ModelError) -> Tensor<Double> {
        try fill(prepare(operation, inputs, weights), threads: threads)
    }

    /// Runs a whole graph on concrete inputs, given by name.
    ///
    /// - Parameter observe: called with every value as it is made, the graph's inputs first. A value is freed when its last reader is done.
    /// - Returns: the graph's outputs by the name of the output.
    /// - Throws: also `run.input`, and what `observe` throws.
    package static func run(
        _ graph: Graph, inputs: [String: Tensor<Float>], threads: Int = 1,
        observe: (String, Tensor<Float>) throws(ModelError) -> Void = { (_, _) throws(ModelError) in }
    ) throws(ModelError) -> [String: Tensor<Float>] {
        try GraphRun(graph, inputs, threads).outputs(observe)
    }

    /// Runs a whole graph in Float64: the weights are rounded to `Float` as a run would hold them, everything else is not.
    package static func run(
        _ graph: Graph, inputs: [String: Tensor<Double>], threads: Int = 1,
        observe: (String, Tensor<Double>) throws(ModelError) -> Void = { (_, _) throws(ModelError) in }
    ) throws(ModelError) -> [String: Tensor<Double>] {
        try GraphRun(graph, inputs, threads).outputs(observe)
    }
}
