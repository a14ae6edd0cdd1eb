package import ModelCore

/// A function of one number applied to every element.
package struct Activation: OperatorDefinition {
    package static let name = "activation"

    package var function: ActivationFunction

    package init(_ function: ActivationFunction) { self.function = function }

    package init(from attributes: inout AttributeReader) throws(ModelError) {
        function = try ActivationFunction(from: &attributes)
    }

    package func encode(into attributes: inout AttributeList) {
        attributes.append("function", .string(function.name))
        for constant in function.constants { attributes.append(constant.name, .number(constant.value)) }
    }

    package func outputShape(_ inputs: [Shape], _ weights: WeightShapes) throws(ModelError) -> Shape {
        if let constant = function.constants.first(where: { !$0.value.isFinite }) {
            throw attributeError("\(constant.name) \(constant.value) of \(function.name) must be finite")
        }
        if case .celu(let alpha) = function, alpha == 0 { throw attributeError("alpha of celu must not be 0") }
        return inputs[0]
    }

    package var erased: Operator { .activation(self) }
}
