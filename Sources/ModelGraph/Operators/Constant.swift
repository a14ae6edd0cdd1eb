package import ModelCore

/// A weight as a value, for operators that read values only.
package struct Constant: OperatorDefinition {
    package static let name = "constant"
    package static let weightRoles: [WeightRole] = [.required("value")]
    package static let inputCount = 0...0

    package init() {}
    package init(from attributes: inout AttributeReader) throws(ModelError) {}

    package func outputShape(_ inputs: [Shape], _ weights: WeightShapes) throws(ModelError) -> Shape {
        guard let value = weights["value"]?.shape else { throw weightError("value is missing") }
        return Shape(known: value)
    }

    package var erased: Operator { .constant(self) }
}
