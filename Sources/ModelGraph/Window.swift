import ModelCore

/// What happens at the border of the axes that windows slide along.
package enum Padding: Sendable, Hashable {
    /// None: windows stay inside.
    case valid
    /// As many as give ceil(size / stride) outputs, the odd one after (Keras and TensorFlow). Depends on the size of the input.
    case same
    /// All before, so that an output sees no later input (Keras, 1-D).
    case causal
    /// Fixed amounts per spatial axis.
    case explicit(before: [Int], after: [Int], mode: PaddingMode)
}

/// What stands in the padding.
package enum PaddingMode: String, Sendable, Hashable, CaseIterable {
    /// Zeros, or another constant where the operator has one; nothing at all for pooling.
    case constant
    /// Mirrored without repeating the border: c b | a b c | b a.
    case reflect
    /// Mirrored with the border repeated: b a | a b c | c b.
    case symmetric
    /// Copies of the border: a a | a b c | c c.
    case replicate
    /// The other side: b c | a b c | a b.
    case circular

    /// The element that stands at `index`, which may be outside `0..<size`; `nil` for the constant.
    package func source(of index: Int, size: Int) -> Int? {
        if index >= 0 && index < size { return index }
        switch self {
        case .constant: return nil
        case .replicate: return min(max(index, 0), size - 1)
        case .circular: return ((index % size) + size) % size
        case .reflect:
            guard size > 1 else { return 0 }
            let period = 2 * (size - 1)
            let phase = ((index % period) + period) % period
            return phase < size ? phase : period - phase
        case .symmetric:
            let phase = ((index % (2 * size)) + 2 * size) % (2 * size)
            return phase < size ? phase : 2 * size - 1 - phase
        }
    }
}

/// A window that slides along one axis.
package struct Window: Sendable, Hashable {
    package let size: Int
    package let stride: Int
    package let dilation: Int

    package init(size: Int, stride: Int, dilation: Int = 1) {
        self.size = size
        self.stride = stride
        self.dilation = dilation
    }

    /// From the first element of the window to the last, inclusive.
    package var extent: Int { (size - 1) * dilation + 1 }

    /// The padding before and after an axis of `input` elements.
    package func padding(_ padding: Padding, axis: Int, input: Int) -> (before: Int, after: Int) {
        switch padding {
        case .valid: return (0, 0)
        case .causal: return (extent - 1, 0)
        case .explicit(let before, let after, _): return (before[axis], after[axis])
        case .same:
            let outputs = (input + stride - 1) / stride
            let total = max((outputs - 1) * stride + extent - input, 0)
            return (total / 2, total - total / 2)
        }
    }

    /// How many places the window takes; below 1 where it does not fit.
    ///
    /// With `ceiling`, a last window may hang over the end if it starts inside the input or the padding before it (PyTorch's `ceil_mode`).
    package func outputSize(_ padding: Padding, axis: Int, input: Int, ceiling: Bool = false) -> Int {
        if case .same = padding { return (input + stride - 1) / stride }
        let (before, after) = self.padding(padding, axis: axis, input: input)
        let room = input + before + after - extent
        guard room >= 0 else { return 0 }
        guard ceiling else { return room / stride + 1 }
        let outputs = (room + stride - 1) / stride + 1
        return (outputs - 1) * stride >= input + before ? outputs - 1 : outputs
    }
}

/// Limits that keep arithmetic on attributes and sizes from files inside `Int`; each is past anything that a real network holds.
package enum GraphLimits {
    /// Sizes of axes, strides, dilations, padding and windows.
    package static let size = 1 << 30
    /// Elements of one activation.
    package static let elements = 1 << 40
}

extension OperatorDefinition {
    /// - Throws: `graph.attributes` unless there is one value for each axis, none below `least`.
    func require(_ name: String, _ values: [Int], count: Int, atLeast least: Int) throws(ModelError) {
        guard values.count == count else {
            throw attributeError("\(name) \(values) has \(values.count) values, one for each of \(count) spatial axes is needed")
        }
        guard values.allSatisfy({ $0 >= least && $0 <= GraphLimits.size }) else {
            throw attributeError("\(name) \(values) must be at least \(least) and at most \(GraphLimits.size)")
        }
    }

    func require(_ padding: Padding, count: Int) throws(ModelError) {
        switch padding {
        case .valid, .same: break
        case .causal:
            guard count == 1 else { throw attributeError("causal padding is for one spatial axis, there are \(count)") }
        case .explicit(let before, let after, _):
            try require("padding before", before, count: count, atLeast: 0)
            try require("padding after", after, count: count, atLeast: 0)
        }
    }

    /// - Throws: `graph.shape` unless the input has the rank that `layout` says.
    func require(_ input: Shape, layout: DataLayout) throws(ModelError) {
        guard input.rank == layout.rank else {
            throw shapeError("input \(input) has rank \(input.rank), \(layout.rawValue) has rank \(layout.rank)")
        }
    }

    /// `input` with its spatial sizes replaced by what sliding windows make of them.
    func slide(_ windows: [Window], _ padding: Padding, over input: Shape, layout: DataLayout, ceiling: Bool = false) throws(ModelError) -> Shape {
        var output = input
        for (axis, window) in zip(layout.spatialAxes, windows) {
            guard let size = input[axis] else { continue }
            let position = axis - layout.spatialAxes.lowerBound
            let outputs = window.outputSize(padding, axis: position, input: size, ceiling: ceiling)
            guard outputs >= 1 else {
                throw shapeError("a window of \(window.extent) does not fit axis \(axis) of the input \(input) with its padding")
            }
            output[axis] = outputs
        }
        return output
    }
}

extension AttributeReader {
    mutating func padding() throws(ModelError) -> Padding {
        switch try string("padding") {
        case "valid": return .valid
        case "same": return .same
        case "causal": return .causal
        case "explicit":
            return .explicit(
                before: try integers("padding_before"), after: try integers("padding_after"),
                mode: try choice("padding_mode", as: PaddingMode.self))
        case let other: throw problem("attribute 'padding' is '\(other)', not one of valid, same, causal, explicit")
        }
    }
}

extension AttributeList {
    mutating func append(_ padding: Padding) {
        switch padding {
        case .valid: append("padding", .string("valid"))
        case .same: append("padding", .string("same"))
        case .causal: append("padding", .string("causal"))
        case .explicit(let before, let after, let mode):
            append("padding", .string("explicit"))
            append("padding_before", .integers(before))
            append("padding_after", .integers(after))
            append("padding_mode", .string(mode.rawValue))
        }
    }
}
