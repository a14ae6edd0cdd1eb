package import ModelCore

/// How elements at one position become one.
package enum MergeKind: String, Sendable, Hashable, CaseIterable {
    case add, subtract, multiply, divide, average, maximum, minimum
}

/// Inputs combined element by element, first to last, with sizes of 1 stretched (NumPy's broadcasting).
///
/// `average` is the sum divided by the number of inputs. `subtract` and `divide` take two.
/// Keras Add, Subtract, Multiply, Average, Maximum, Minimum; ONNX Add, Sub, Mul, Div, Mean, Max, Min.
package struct Merge: OperatorDefinition {
    package static let name = "merge"
    package static let inputCount = 1...1 << 20

    package var kind: MergeKind

    package init(_ kind: MergeKind) { self.kind = kind }

    package init(from attributes: inout AttributeReader) throws(ModelError) {
        kind = try attributes.choice("kind", as: MergeKind.self)
    }

    package func encode(into attributes: inout AttributeList) {
        attributes.append("kind", .string(kind.rawValue))
    }

    package func outputShape(_ inputs: [Shape], _ weights: WeightShapes) throws(ModelError) -> Shape {
        if kind == .subtract || kind == .divide, inputs.count != 2 {
            throw attributeError("\(kind.rawValue) takes 2 inputs, there are \(inputs.count)")
        }
        var output = inputs[0]
        for input in inputs.dropFirst() { output = try broadcast(output, input) }
        return output
    }

    private func broadcast(_ left: Shape, _ right: Shape) throws(ModelError) -> Shape {
        let rank = max(left.rank, right.rank)
        var sizes: [Int?] = []
        for axis in 0..<rank {
            let a = axis < rank - left.rank ? 1 : left[axis - (rank - left.rank)]
            let b = axis < rank - right.rank ? 1 : right[axis - (rank - right.rank)]
            guard let size = Shape.stretched(a, b) else {
                throw shapeError("inputs \(left) and \(right) differ in axis \(axis), and neither is 1 there")
            }
            sizes.append(size.known)
        }
        return Shape(sizes)
    }

    package var erased: Operator { .merge(self) }
}
