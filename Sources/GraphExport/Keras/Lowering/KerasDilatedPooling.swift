import ByteIO
import ModelCore
import ModelGraph

extension KerasLowering {
    /// Windows with gaps: along each axis, the maximum or mean of slices, of which each has one element of every window.
    func dilatedPooling(_ operation: Pooling, before: [Int], after: [Int]) throws(KerasObstacle) -> [KerasPiece] {
        try requireOperations(KerasObstacle("is a pooling with dilations, for which Keras has no layer"))
        var list = KerasPieceList()
        var pad = Pad(before, after, along: operation.layout)
        let isPadded = (before + after).contains { $0 > 0 }
        let className: String
        switch operation.kind {
        case .maximum:
            // Below every number of Float32 but infinity; a window has an element of the input beside.
            if !isInputNotNegative { pad.value = -Double(Float.greatestFiniteMagnitude) }
            className = "Maximum"
        case .average where operation.countIncludesPadding || !isPadded: className = "Average"
        case .average: throw KerasObstacle("averages windows with dilations without their padding, for which Keras has no layer")
        case .l2: throw KerasObstacle("is an L2 pooling with dilations, for which Keras has no layer")
        }
        var value = try padded(.input(0), inputs[0], pad, &list)
        var shape = Shape(inputs[0].sizes.enumerated().map { axis, size in size.map { $0 + pad.before[axis] + pad.after[axis] } })
        for (position, axis) in operation.layout.spatialAxes.enumerated() {
            let (count, stride, dilation) = (operation.window[position], operation.strides[position], operation.dilations[position])
            guard count <= Self.mostSlices else {
                throw KerasObstacle("has windows of \(count) elements with dilations, more than \(Self.mostSlices)")
            }
            if count == 1, stride == 1 { continue }
            shape[axis] = output[axis]
            let slices = (0..<count).map { element in
                let rest = (count - 1 - element) * dilation
                let slice = KerasSlice.slice(element * dilation, rest == 0 ? nil : -rest, step: stride == 1 ? nil : stride)
                let key = KerasSlice.key(slice, axis: axis, rank: shape.rank)
                return list.operation(.getItem, of: value, key, part: "element_\(axis)_\(element)", shape: shape)
            }
            value = slices.count == 1 ? slices[0] : list.layer(className, of: .list(slices), part: "windows_\(axis)", shape: shape)
        }
        return list.pieces.isEmpty ? [.nothing] : list.pieces
    }

    private static let mostSlices = 64
}
