package import ModelCore

/// Fewer elements before and after each axis. Keras Cropping.
package struct Crop: OperatorDefinition {
    package static let name = "crop"

    /// Elements left out before each axis, the first axis included.
    package var before: [Int]
    package var after: [Int]

    package init(before: [Int], after: [Int]) {
        self.before = before
        self.after = after
    }

    package init(from attributes: inout AttributeReader) throws(ModelError) {
        before = try attributes.integers("before")
        after = try attributes.integers("after")
    }

    package func encode(into attributes: inout AttributeList) {
        attributes.append("before", .integers(before))
        attributes.append("after", .integers(after))
    }

    package func outputShape(_ inputs: [Shape], _ weights: WeightShapes) throws(ModelError) -> Shape {
        var output = inputs[0]
        try require("cropping before", before, count: output.rank, atLeast: 0)
        try require("cropping after", after, count: output.rank, atLeast: 0)
        for axis in 0..<output.rank {
            guard let size = output[axis] else { continue }
            guard before[axis] + after[axis] < size else {
                throw shapeError("cropping \(before), \(after) leaves nothing of axis \(axis) of the input \(inputs[0])")
            }
            output[axis] = size - before[axis] - after[axis]
        }
        return output
    }

    package var erased: Operator { .crop(self) }
}
