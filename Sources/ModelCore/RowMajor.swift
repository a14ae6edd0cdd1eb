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
