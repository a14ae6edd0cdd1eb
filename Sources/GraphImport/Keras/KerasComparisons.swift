import ByteIO
import ModelCore
import ModelGraph

// Comparisons, whose results are 0 and 1, and what is concluded from them.
extension KerasOperation {
    static let comparisons: [String: Steps] = [
        "Greater": comparison(isGreater: true, includesEqual: false), "GreaterEqual": comparison(isGreater: true, includesEqual: true),
        "Less": comparison(isGreater: false, includesEqual: false), "LessEqual": comparison(isGreater: false, includesEqual: true),
        "Equal": equality(isEqual: true), "NotEqual": equality(isEqual: false), "LogicalNot": negation,
        "LogicalAnd": conclusion(.multiply), "LogicalOr": conclusion(.maximum), "LogicalXor": conclusion(.subtract, result),
    ]

    /// Whether a number is above 0: the smallest that there is becomes 1 by two steep slopes, and no more than 1.
    private static let truth = [127, 64].map { exponent in
        KerasStep("steep_\(exponent)", Activation(.hardSigmoid(slope: Double(sign: .plus, exponent: exponent, significand: 1), offset: 0)).erased)
    }
    private static let complement = KerasStep("complement", Rescaling(scale: [-1], offset: [1]).erased)
    private static let absolute = Activation(.relu(negativeSlope: -1, maximum: nil, threshold: 0)).erased
    private static let magnitude = [KerasStep("magnitude", absolute)]
    private static let result = [KerasStep("result", absolute)]

    private static func difference(_ layer: KerasLayer, _ shapes: [Shape]) throws(ModelError) -> [KerasStep] {
        try binary(.subtract)(layer, shapes).map {
            KerasStep("difference_\($0.part)", $0.operation, constants: $0.constants, target: $0.target)
        }
    }

    /// `x > y` is whether `x - y` is above 0: the difference of two numbers is 0 only where they are equal.
    private static func comparison(isGreater: Bool, includesEqual: Bool) -> Steps {
        { layer, shapes throws(ModelError) in
            // Whether something is not at least as large is whether it is less.
            let isPositive = isGreater != includesEqual
            let sign = isPositive ? [] : [KerasStep("negative", Rescaling(scale: [-1], offset: [0]).erased)]
            return try difference(layer, shapes) + sign + truth + (includesEqual ? [complement] : [])
        }
    }

    private static func equality(isEqual: Bool) -> Steps {
        { layer, shapes throws(ModelError) in try difference(layer, shapes) + magnitude + truth + (isEqual ? [complement] : []) }
    }

    private static let negation: Steps = { _, _ throws(ModelError) in magnitude + truth + [complement] }

    /// What follows from two tensors, or a tensor and a constant, of which every number but 0 is true.
    private static func conclusion(_ kind: MergeKind, _ steps: [KerasStep] = []) -> Steps {
        { layer, shapes throws(ModelError) in
            let operands = (try operand(layer, "x1", shapes), try operand(layer, "x2", shapes))
            guard case (.tensor, .tensor) = operands else {
                // The one tensor, and a constant that is made 0 or 1 here.
                let (isFirst, constant) =
                    switch operands {
                    case (.constant(let value), _): (true, value)
                    case (_, .constant(let value)): (false, value)
                    default: (false, Tensor<Float>(repeating: 0, shape: []))
                    }
                try requireFit(layer, constant, shapes)
                let value = Tensor<Float>(shape: constant.shape) { constant.scalars[$0] == 0 ? 0 : 1 }
                return magnitude + truth + constantSteps(kind, value, constantIsFirst: isFirst) + steps
            }
            let truths = (0..<2).flatMap { number in
                (magnitude + truth).map { KerasStep("\($0.part)_\(number)", $0.operation, target: .input(number)) }
            }
            return truths + [KerasStep("merge", Merge(kind).erased)] + steps
        }
    }
}
