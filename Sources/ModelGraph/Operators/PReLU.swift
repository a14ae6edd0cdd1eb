package import ModelCore

/// `x` where `x > 0`, else `alpha * x`, with learned slopes.
///
/// `alpha` has the rank of the input without its first axis; each of its sizes is 1 (shared along that axis) or that of the input.
/// Keras and PyTorch PReLU, ONNX PRelu.
package struct PReLU: OperatorDefinition {
    package static let name = "prelu"
    package static let weightRoles: [WeightRole] = [.required("alpha")]

    package init() {}
    package init(from attributes: inout AttributeReader) throws(ModelError) {}

    package func outputShape(_ inputs: [Shape], _ weights: WeightShapes) throws(ModelError) -> Shape {
        let input = inputs[0]
        guard let alpha = weights["alpha"]?.shape else { throw weightError("alpha is missing") }
        let fits =
            alpha.count == input.rank - 1
            && zip(alpha, input.sizes.dropFirst()).allSatisfy { size, inputSize in size == 1 || inputSize == nil || size == inputSize }
        guard fits else { throw weightError("alpha has shape \(alpha), which does not fit the input \(input) without its first axis") }
        return input
    }

    package func multiplyAdds(_ inputs: [Shape], _ weights: WeightShapes) -> Int { 1 }

    package var erased: Operator { .prelu(self) }
}
