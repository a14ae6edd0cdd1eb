package import ModelCore

/// Inputs one after the other along an axis; all other sizes agree.
package struct Concatenate: OperatorDefinition {
    package static let name = "concatenate"
    package static let inputCount = 1...1 << 20

    /// The axis, counted from 0.
    package var axis: Int

    package init(axis: Int) { self.axis = axis }

    package init(from attributes: inout AttributeReader) throws(ModelError) {
        axis = try attributes.integer("axis")
    }

    package func encode(into attributes: inout AttributeList) {
        attributes.append("axis", .integer(axis))
    }

    package func outputShape(_ inputs: [Shape], _ weights: WeightShapes) throws(ModelError) -> Shape {
        var output = inputs[0]
        guard (0..<output.rank).contains(axis) else { throw attributeError("axis \(axis) is not an axis of the input \(output)") }
        for input in inputs.dropFirst() {
            guard input.rank == output.rank else { throw shapeError("inputs \(inputs[0]) and \(input) differ in rank") }
            for other in 0..<output.rank {
                if other == axis {
                    output[axis] = output[axis].flatMap { size in input[axis].map { size + $0 } }
                } else if let a = output[other], let b = input[other], a != b {
                    throw shapeError("inputs \(inputs[0]) and \(input) differ in axis \(other), only axis \(axis) may")
                } else {
                    output[other] = output[other] ?? input[other]
                }
            }
        }
        return output
    }

    package var erased: Operator { .concatenate(self) }
}
