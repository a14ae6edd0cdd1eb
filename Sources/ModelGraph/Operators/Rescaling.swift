package import ModelCore

/// `x * scale + offset`, one constant for all or one for each element of the last axis. Keras Rescaling.
///
/// The constants are rounded to Float32 before they are used.
package struct Rescaling: OperatorDefinition {
    package static let name = "rescaling"

    package var scale: [Double]
    package var offset: [Double]

    package init(scale: [Double], offset: [Double]) {
        self.scale = scale
        self.offset = offset
    }

    package init(from attributes: inout AttributeReader) throws(ModelError) {
        scale = try attributes.numbers("scale")
        offset = try attributes.numbers("offset")
    }

    package func encode(into attributes: inout AttributeList) {
        attributes.append("scale", .numbers(scale))
        attributes.append("offset", .numbers(offset))
    }

    package func outputShape(_ inputs: [Shape], _ weights: WeightShapes) throws(ModelError) -> Shape {
        let input = inputs[0]
        guard (scale + offset).allSatisfy(\.isFinite) else { throw attributeError("scale \(scale) and offset \(offset) must be finite") }
        for (name, values) in [("scale", scale), ("offset", offset)] {
            let last = input.rank > 0 ? input[input.rank - 1] : 1
            guard values.count == 1 || (values.count > 1 && (last == nil || last == values.count)) else {
                throw shapeError("\(name) has \(values.count) values, the last axis of the input \(input) needs 1 or as many as it is long")
            }
        }
        return input
    }

    package func multiplyAdds(_ inputs: [Shape], _ weights: WeightShapes) -> Int { 1 }

    package var erased: Operator { .rescaling(self) }
}
