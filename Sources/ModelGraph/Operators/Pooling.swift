package import ModelCore

/// How a window of elements becomes one.
package enum PoolingKind: String, Sendable, Hashable, CaseIterable {
    case maximum
    case average
    /// The square root of the sum of squares.
    case l2
}

/// A window that slides over each channel on its own and reduces what it covers to one element.
///
/// Padding is never part of a maximum. It is left out of an average unless `countIncludesPadding` (PyTorch's default); elements past the
/// padding, which `ceilMode` can reach, never count. ONNX MaxPool, AveragePool, LpPool; Keras MaxPooling, AveragePooling; PyTorch MaxPool, AvgPool, LPPool.
package struct Pooling: OperatorDefinition {
    package static let name = "pooling"

    package var kind: PoolingKind
    package var layout: DataLayout
    package var window: [Int]
    package var strides: [Int]
    package var dilations: [Int]
    package var padding: Padding
    package var countIncludesPadding: Bool
    package var ceilMode: Bool

    package init(
        kind: PoolingKind, layout: DataLayout, window: [Int], strides: [Int], dilations: [Int]? = nil, padding: Padding,
        countIncludesPadding: Bool = false, ceilMode: Bool = false
    ) {
        self.kind = kind
        self.layout = layout
        self.window = window
        self.strides = strides
        self.dilations = dilations ?? window.map { _ in 1 }
        self.padding = padding
        self.countIncludesPadding = countIncludesPadding
        self.ceilMode = ceilMode
    }

    package init(from attributes: inout AttributeReader) throws(ModelError) {
        kind = try attributes.choice("kind", as: PoolingKind.self)
        layout = try attributes.choice("layout", as: DataLayout.self)
        window = try attributes.integers("window")
        strides = try attributes.integers("strides")
        dilations = try attributes.integers("dilations")
        padding = try attributes.padding()
        countIncludesPadding = try attributes.boolean("count_includes_padding")
        ceilMode = try attributes.boolean("ceil_mode")
    }

    package func encode(into attributes: inout AttributeList) {
        attributes.append("kind", .string(kind.rawValue))
        attributes.append("layout", .string(layout.rawValue))
        attributes.append("window", .integers(window))
        attributes.append("strides", .integers(strides))
        attributes.append("dilations", .integers(dilations))
        attributes.append(padding)
        attributes.append("count_includes_padding", .boolean(countIncludesPadding))
        attributes.append("ceil_mode", .boolean(ceilMode))
    }

    package func outputShape(_ inputs: [Shape], _ weights: WeightShapes) throws(ModelError) -> Shape {
        try require(inputs[0], layout: layout)
        try require("window", window, count: layout.spatialRank, atLeast: 1)
        try require("strides", strides, count: layout.spatialRank, atLeast: 1)
        try require("dilations", dilations, count: layout.spatialRank, atLeast: 1)
        try require(padding, count: layout.spatialRank)
        if case .explicit(_, _, let mode) = padding, mode != .constant {
            throw attributeError("pooling has no padding mode '\(mode.rawValue)'")
        }
        if case .explicit(let before, let after, _) = padding {
            for (axis, window) in windows.enumerated() where before[axis] >= window.extent || after[axis] >= window.extent {
                throw attributeError("padding \(before), \(after) leaves windows of \(self.window) with nothing inside the input")
            }
        }
        return try slide(windows, padding, over: inputs[0], layout: layout, ceiling: ceilMode)
    }

    /// The window along each spatial axis.
    package var windows: [Window] {
        window.indices.map { Window(size: window[$0], stride: strides[$0], dilation: dilations[$0]) }
    }

    package func multiplyAdds(_ inputs: [Shape], _ weights: WeightShapes) -> Int { window.checkedProduct ?? 0 }

    package func reach(_ input: Shape, _ weights: WeightShapes) -> Reach {
        .windows(extent: windows.map(\.extent), stride: strides)
    }

    package var erased: Operator { .pooling(self) }
}
