package import ModelCore

/// The order in which a graph keeps the axes of a value that it has from another graph.
package struct ValueOrder: Sendable, Hashable {
    /// Axis k as it is kept is axis `order[k]` of the value.
    package let order: [Int]
    /// The sizes of the axes that were flattened to the value's last one, where they are kept in another order: to be counted as axes of their own.
    package let lastAxis: [Int]?

    package init(order: [Int], lastAxis: [Int]? = nil) {
        self.order = order
        self.lastAxis = lastAxis
    }

    /// The value's own order.
    package init(rank: Int) { self.init(order: Array(0..<rank)) }

    /// An array of the value as it is kept; `nil` where it has another number of axes, or of features.
    package func kept(_ value: Tensor<Float>) -> Tensor<Float>? {
        kept(value.shape) { value.scalars[$0] }
    }

    /// The value as it is kept.
    /// - Parameters:
    ///   - shape: the value's own.
    ///   - element: gives the element at a row-major position of the value.
    /// - Returns: `nil` where the shape is not of such a value.
    package func kept(_ shape: [Int], _ element: (_ position: Int) -> Float) -> Tensor<Float>? {
        guard let axes = Axes(self, shape) else { return nil }
        let scalars = [Float](unsafeUninitializedCapacity: axes.count) { buffer, initializedCount in
            initializedCount = axes.count
            var index = [Int](repeating: 0, count: max(axes.sizes.count - 1, 0))
            var row = 0
            let (length, step) = (axes.sizes.last ?? 1, axes.strides.last ?? 1)
            for start in stride(from: 0, to: axes.count, by: length) {
                for column in 0..<length { buffer.initializeElement(at: start + column, to: element(row + column * step)) }
                // The next row, counted like an odometer.
                for axis in index.indices.reversed() {
                    index[axis] += 1
                    row += axes.strides[axis]
                    if index[axis] < axes.sizes[axis] { break }
                    row -= axes.sizes[axis] * axes.strides[axis]
                    index[axis] = 0
                }
            }
        }
        return Tensor(shape: keptShape(of: shape), scalars: scalars)
    }

    /// The shape of the value as it is kept.
    package func keptShape(of shape: [Int]) -> [Int] {
        lastAxis == nil && shape.count == order.count ? RowMajor.permuted(shape, by: order) : shape
    }

    /// The position in a value of this shape of the element that is kept at `position`.
    package func original(of position: Int, in shape: [Int]) -> Int? {
        guard let axes = Axes(self, shape) else { return nil }
        return zip(axes.sizes, axes.strides).reversed().reduce((rest: position, sum: 0)) { state, axis in
            (state.rest / axis.0, state.sum + state.rest % axis.0 * axis.1)
        }.sum
    }

    /// The axes of a value in the order in which they are kept, with the distance that neighbours along each have in the value.
    private struct Axes {
        let sizes: [Int]
        let strides: [Int]
        var count: Int { sizes.reduce(1, *) }

        init?(_ order: ValueOrder, _ shape: [Int]) {
            let sizes = order.lastAxis.map { shape.dropLast() + $0 } ?? shape
            guard sizes.count == order.order.count, sizes.checkedProduct == shape.checkedProduct, sizes.allSatisfy({ $0 > 0 }) else { return nil }
            self.sizes = RowMajor.permuted(sizes, by: order.order)
            strides = RowMajor.permuted(RowMajor.strides(sizes), by: order.order)
        }
    }
}
