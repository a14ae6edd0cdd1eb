import ByteIO
import ModelCore
import ModelGraph

// Comparisons, whose results are 0 and 1.
extension KerasOperation {
    static let comparisons: [String: Steps] = [
        "Greater": comparison(isGreater: true, includesEqual: false), "GreaterEqual": comparison(isGreater: true, includesEqual: true),
        "Less": comparison(isGreater: false, includesEqual: false), "LessEqual": comparison(isGreater: false, includesEqual: true),
    ]

    /// `x > y` is whether `x - y` is above 0: the difference of two numbers is 0 only where they are equal.
    private static func comparison(isGreater: Bool, includesEqual: Bool) -> Steps {
        { layer, shapes throws(ModelError) in
            let difference = try binary(.subtract)(layer, shapes).map {
                KerasStep("difference_\($0.part)", $0.operation, constants: $0.constants, target: $0.target)
            }
            // Whether something is not at least as large is whether it is less.
            let isPositive = isGreater != includesEqual
            let sign = isPositive ? [] : [KerasStep("negative", Rescaling(scale: [-1], offset: [0]).erased)]
            // The smallest number there is becomes 1 by two steep slopes, and no more than 1.
            let steep = [127, 64].map { exponent in
                KerasStep(
                    "steep_\(exponent)", Activation(.hardSigmoid(slope: Double(sign: .plus, exponent: exponent, significand: 1), offset: 0)).erased)
            }
            let complement = includesEqual ? [KerasStep("complement", Rescaling(scale: [-1], offset: [1]).erased)] : []
            return difference + sign + steep + complement
        }
    }
}
