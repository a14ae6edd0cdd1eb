package import ModelCore

/// More elements before and after each axis. Keras ZeroPadding, ONNX Pad, PyTorch pad.
package struct Pad: OperatorDefinition {
    package static let name = "pad"

    /// Elements before each axis, the first axis included.
    package var before: [Int]
    package var after: [Int]
    package var mode: PaddingMode
    /// What mode `constant` fills in.
    package var value: Double

    package init(before: [Int], after: [Int], mode: PaddingMode = .constant, value: Double = 0) {
        self.before = before
        self.after = after
        self.mode = mode
        self.value = value
    }

    package init(from attributes: inout AttributeReader) throws(ModelError) {
        before = try attributes.integers("before")
        after = try attributes.integers("after")
        mode = try attributes.choice("mode", as: PaddingMode.self)
        value = try attributes.number("value")
    }

    package func encode(into attributes: inout AttributeList) {
        attributes.append("before", .integers(before))
        attributes.append("after", .integers(after))
        attributes.append("mode", .string(mode.rawValue))
        attributes.append("value", .number(value))
    }

    package func outputShape(_ inputs: [Shape], _ weights: WeightShapes) throws(ModelError) -> Shape {
        var output = inputs[0]
        try require("padding before", before, count: output.rank, atLeast: 0)
        try require("padding after", after, count: output.rank, atLeast: 0)
        guard value.isFinite else { throw attributeError("value \(value) must be finite") }
        for axis in 0..<output.rank {
            guard let size = output[axis] else { continue }
            let most = max(before[axis], after[axis])
            guard mode != .reflect || most < size, mode != .symmetric && mode != .circular || most <= size else {
                throw shapeError("axis \(axis) of the input \(inputs[0]) is too short for \(mode.rawValue) padding of \(most)")
            }
            output[axis] = size + before[axis] + after[axis]
        }
        return output
    }

    package var erased: Operator { .pad(self) }
}
