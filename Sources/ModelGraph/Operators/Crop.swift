package import ModelCore

/// Fewer elements before and after each axis, and of those between each first of `step`. Keras Cropping and slices, PyTorch slices, ONNX Slice.
///
/// `n` elements of an axis become `ceil((n - before - after) / step)`.
package struct Crop: OperatorDefinition {
    package static let name = "crop"

    /// Elements left out before each axis, the first axis included.
    package var before: [Int]
    package var after: [Int]
    /// For each axis how far apart the elements are that stay; `nil` where all do.
    package private(set) var steps: [Int]?

    package init(before: [Int], after: [Int], steps: [Int]? = nil) {
        self.before = before
        self.after = after
        self.steps = steps?.allSatisfy { $0 == 1 } == true ? nil : steps
    }

    package init(from attributes: inout AttributeReader) throws(ModelError) {
        let (before, after) = (try attributes.integers("before"), try attributes.integers("after"))
        self.init(before: before, after: after, steps: attributes.has("steps") ? try attributes.integers("steps") : nil)
    }

    package func encode(into attributes: inout AttributeList) {
        attributes.append("before", .integers(before))
        attributes.append("after", .integers(after))
        if let steps { attributes.append("steps", .integers(steps)) }
    }

    package func outputShape(_ inputs: [Shape], _ weights: WeightShapes) throws(ModelError) -> Shape {
        var output = inputs[0]
        try require("cropping before", before, count: output.rank, atLeast: 0)
        try require("cropping after", after, count: output.rank, atLeast: 0)
        if let steps { try require("steps of cropping", steps, count: output.rank, atLeast: 1) }
        for axis in 0..<output.rank {
            guard let size = output[axis] else { continue }
            guard before[axis] + after[axis] < size else {
                throw shapeError("cropping \(before), \(after) leaves nothing of axis \(axis) of the input \(inputs[0])")
            }
            output[axis] = (size - before[axis] - after[axis] - 1) / (steps?[axis] ?? 1) + 1
        }
        return output
    }

    /// Whether every element stays.
    package var isIdentity: Bool { steps == nil && !(before + after).contains { $0 != 0 } }

    /// The same of an input whose axes are kept in another order.
    package func permuted(by order: [Int]) -> Crop {
        Crop(
            before: RowMajor.permuted(before, by: order), after: RowMajor.permuted(after, by: order),
            steps: steps.map { RowMajor.permuted($0, by: order) })
    }

    package var erased: Operator { .crop(self) }
}
