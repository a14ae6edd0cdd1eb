import ModelCore

/// Takes positions in one row-major array to positions in another: each axis of the first steps through the second with its own stride.
struct Positions: Sendable {
    private let sizes: [Int]
    private let strides: [Int]
    private let start: Int

    /// - Parameters:
    ///   - sizes: the shape of the first array.
    ///   - strides: for each of its axes, the step in the second array; 0 where all positions along the axis share one element.
    ///   - start: the position that the first array's origin is taken to.
    init(sizes: [Int], strides: [Int], start: Int = 0) {
        self.sizes = sizes
        self.strides = strides
        self.start = start
    }

    func callAsFunction(_ position: Int) -> Int {
        var rest = position
        var result = start
        for axis in sizes.indices.reversed() {
            let (quotient, index) = rest.quotientAndRemainder(dividingBy: sizes[axis])
            result += index * strides[axis]
            rest = quotient
        }
        return result
    }
}

/// One axis of a row-major array.
struct ArrayAxis: Sendable {
    let size: Int
    let stride: Int

    /// - Parameter axis: an axis of `shape`, or `nil` for one that is not there: of size 1.
    init(_ axis: Int?, of shape: [Int]) {
        size = axis.map { shape[$0] } ?? 1
        stride = axis.map { RowMajor.strides(shape)[$0] } ?? 0
    }

    /// The index along this axis of the element at `position` of the array.
    func index(of position: Int) -> Int {
        stride == 0 ? 0 : position / stride % size
    }
}
