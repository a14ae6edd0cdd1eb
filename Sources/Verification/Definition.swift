import ModelCore
import ModelGraph
import ReferenceEngine

/// What an operator makes of given inputs: exactly, in Float32, and how far an execution may be from the exact result.
struct Definition: Sendable {
    typealias Element = (exact: Double, reference: Float, bound: Double)

    let shape: [Int]
    let element: @Sendable (Int) -> Element

    /// - Parameter eta: that of the executions in question.
    init(_ operation: Operator, _ inputs: [Tensor<Float>], _ weights: [String: ReferenceWeight], eta: Double = ErrorBound.eta) throws(ModelError) {
        if let sums = try Reference.certifiedSums(of: operation, inputs: inputs, weights: weights) {
            let terms = ErrorBound.terms(operation, inputs: inputs.map(\.shape), weights: weights)
            shape = sums.shape
            element = { position in Self.element(sums.element(position), terms: terms, eta: eta) }
            return
        }
        let wideInputs = inputs.mapScalars { Double($0) }
        let exact = try Reference.evaluation(of: operation, inputs: wideInputs, weights: weights)
        let reference = try Reference.evaluation(of: operation, inputs: inputs, weights: weights)
        let bound = try ErrorBound.of(operation, inputs: wideInputs, weights: weights, eta: eta)
        shape = exact.shape
        element = { position in
            let value = exact.element(position)
            return (value, reference.element(position), bound.value(position, value))
        }
    }

    static func element(_ sum: CertifiedSum, terms: Double, eta: Double) -> Element {
        (sum.exact, sum.reference, ErrorBound.ofSum(terms: terms, magnitude: sum.magnitude, eta: eta))
    }
}
