package import ModelCore

/// A matrix product over the last axis: `[..., I]` becomes `[..., O]`.
///
/// `kernel` is `[I, O]` (`io`, Keras) or `[O, I]` (`oi`, PyTorch Linear), `bias` `[O]`. ONNX Gemm and MatMul with a constant.
package struct Dense: OperatorDefinition {
    package static let name = "dense"
    package static let weightRoles: [WeightRole] = [.required("kernel"), .optional("bias")]

    package init() {}
    package init(from attributes: inout AttributeReader) throws(ModelError) {}

    package func outputShape(_ inputs: [Shape], _ weights: WeightShapes) throws(ModelError) -> Shape {
        let input = inputs[0]
        guard input.rank >= 2 else { throw shapeError("input \(input) has rank \(input.rank), at least 2 is needed") }
        let kernel = try KernelShape(weights, spatialRank: 0)
        if let features = input[input.rank - 1], features != kernel.inputChannels {
            throw shapeError("kernel \(kernel.shape) reads \(kernel.inputChannels) features, input \(input) has \(features)")
        }
        try weights.requireVector("bias", count: kernel.outputChannels, of: "a kernel of shape \(kernel.shape)")
        var output = input
        output[input.rank - 1] = kernel.outputChannels
        return output
    }

    package func multiplyAdds(_ inputs: [Shape], _ weights: WeightShapes) -> Int {
        (try? KernelShape(weights, spatialRank: 0))?.inputChannels ?? 0
    }

    package var erased: Operator { .dense(self) }
}
