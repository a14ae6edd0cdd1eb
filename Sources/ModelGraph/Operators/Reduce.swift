package import ModelCore

/// What a reduction leaves of many elements.
package enum ReductionKind: String, Sendable, Hashable, CaseIterable {
    case sum, mean, maximum, minimum
}

/// Elements that differ only in `axes` reduced to one. Keras and PyTorch sum, mean, max, min; ONNX ReduceSum and its kin.
package struct Reduce: OperatorDefinition {
    package static let name = "reduce"

    package var kind: ReductionKind
    /// The axes, counted from 0, ascending.
    package var axes: [Int]
    /// Whether the axes stay, with size 1.
    package var keepsAxes: Bool

    package init(kind: ReductionKind, axes: [Int], keepsAxes: Bool) {
        self.kind = kind
        self.axes = axes
        self.keepsAxes = keepsAxes
    }

    package init(from attributes: inout AttributeReader) throws(ModelError) {
        kind = try attributes.choice("kind", as: ReductionKind.self)
        axes = try attributes.integers("axes")
        keepsAxes = try attributes.boolean("keeps_axes")
    }

    package func encode(into attributes: inout AttributeList) {
        attributes.append("kind", .string(kind.rawValue))
        attributes.append("axes", .integers(axes))
        attributes.append("keeps_axes", .boolean(keepsAxes))
    }

    package func outputShape(_ inputs: [Shape], _ weights: WeightShapes) throws(ModelError) -> Shape {
        let input = inputs[0]
        guard !axes.isEmpty, axes.allSatisfy({ $0 >= 0 && $0 < input.rank }), zip(axes, axes.dropFirst()).allSatisfy(<) else {
            throw attributeError("axes \(axes) must be ascending axes of the input \(input)")
        }
        if keepsAxes {
            var output = input
            for axis in axes { output[axis] = 1 }
            return output
        }
        return Shape((0..<input.rank).filter { !axes.contains($0) }.map { input[$0] })
    }

    package func multiplyAdds(_ inputs: [Shape], _ weights: WeightShapes) -> Int { axes.compactMap { inputs[0][$0] }.checkedProduct ?? 0 }
    package func reach(_ input: Shape, _ weights: WeightShapes) -> Reach { .everything }

    package var erased: Operator { .reduce(self) }
}
