package import ModelCore

/// How a value of a converted graph is kept, seen from the same value in the framework that the network came from.
package struct KeptOrder: Sendable, Hashable {
    /// Axis k as it is kept is axis `axes[k]` of the framework's.
    let axes: [Int]
    /// For a flattened value, the features that are in another order.
    var features: FlattenedFeatures?

    init(_ axes: [Int], features: FlattenedFeatures? = nil) {
        self.axes = axes
        self.features = features
    }

    /// The framework's own order.
    init(rank: Int) { self.init(Array(0..<rank)) }

    /// A framework's array as the graph keeps it; `nil` where it has another number of axes, or of features.
    package func kept<Scalar>(_ array: Tensor<Scalar>) -> Tensor<Scalar>? {
        guard array.shape.count == axes.count else { return nil }
        guard let features else { return array.permuted(by: axes) }
        let parts = array.reshaped(Array(array.shape.dropLast()) + features.sizes)
        let lead = axes.count - 1
        return parts?.permuted(by: Array(0..<lead) + features.order.map { $0 + lead }).reshaped(array.shape)
    }
}

extension Tensor {
    /// The array whose axis k is axis `permutation[k]` of this one.
    fileprivate func permuted(by permutation: [Int]) -> Tensor {
        guard permutation != Array(permutation.indices) else { return self }
        let shape = RowMajor.permuted(shape, by: permutation)
        let strides = RowMajor.permuted(RowMajor.strides(self.shape), by: permutation)
        return Tensor(shape: shape) { position in
            var rest = position
            var source = 0
            for axis in shape.indices.reversed() {
                source += rest % shape[axis] * strides[axis]
                rest /= shape[axis]
            }
            return scalars[source]
        }
    }
}
