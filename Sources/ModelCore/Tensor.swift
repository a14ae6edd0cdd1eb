/// An array in memory: row-major elements and their shape.
public struct Tensor<Scalar: BitwiseCopyable & Sendable>: Sendable {
    /// One size per axis, outermost first.
    public let shape: [Int]

    /// The elements in row-major order, as many as the product of the sizes.
    public var scalars: [Scalar]

    /// An array of this shape, or `nil` where the number of elements is not the product of the sizes.
    public init?(shape: [Int], scalars: [Scalar]) {
        guard shape.allSatisfy({ $0 >= 0 }), shape.checkedProduct == scalars.count else { return nil }
        self.shape = shape
        self.scalars = scalars
    }

    /// An array whose elements are all `value`. The product of the sizes must be within `Int`.
    public init(repeating value: Scalar, shape: [Int]) {
        self.shape = shape
        self.scalars = Array(repeating: value, count: shape.reduce(1, *))
    }

    /// An array of this shape, one value per element, from the element's row-major position.
    package init(shape: [Int], generating value: (Int) -> Scalar) {
        self.shape = shape
        self.scalars = (0..<shape.reduce(1, *)).map(value)
    }

    /// The same elements under another shape of as many elements.
    package func reshaped(_ shape: [Int]) -> Tensor? {
        Tensor(shape: shape, scalars: scalars)
    }

    /// Each element converted by `transform`.
    @inlinable package func map<Other>(_ transform: (Scalar) -> Other) -> Tensor<Other> {
        Tensor<Other>(shape: shape, uncheckedScalars: scalars.map(transform))
    }

    @usableFromInline package init(shape: [Int], uncheckedScalars: [Scalar]) {
        self.shape = shape
        self.scalars = uncheckedScalars
    }
}

extension Tensor: Equatable where Scalar: Equatable {}

/// Axes of row-major arrays.
package enum RowMajor {
    /// For each axis, how many elements lie between neighbours along it.
    package static func strides(_ shape: [Int]) -> [Int] {
        var strides = [Int](repeating: 1, count: shape.count)
        for axis in shape.indices.dropLast().reversed() {
            strides[axis] = strides[axis + 1] * shape[axis + 1]
        }
        return strides
    }

    /// The axes in the order `permutation`: axis k of the result is axis `permutation[k]` of the argument.
    package static func permuted<Element>(_ values: [Element], by permutation: [Int]) -> [Element] {
        permutation.map { values[$0] }
    }

    /// The permutation that undoes `permutation`.
    package static func inverse(of permutation: [Int]) -> [Int] {
        var inverse = permutation
        for (position, axis) in permutation.enumerated() { inverse[axis] = position }
        return inverse
    }
}
