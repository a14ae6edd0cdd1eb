import ModelCore

/// Takes positions in one row-major array to positions in another: each axis of the first steps through the second with its own stride.
struct Positions: Sendable {
    private var sizes: [Int] = []
    private var strides: [Int] = []
    private let start: Int

    /// - Parameters:
    ///   - sizes: the shape of the first array.
    ///   - strides: for each of its axes, the step in the second array; 0 where all positions along the axis share one element.
    ///   - start: the position that the first array's origin is taken to.
    init(sizes: [Int], strides: [Int], start: Int = 0) {
        self.start = start
        // Neighbouring axes that step like one become one, for each costs a division.
        for (size, stride) in zip(sizes, strides) where size != 1 {
            if let last = self.sizes.last, let lastStride = self.strides.last, lastStride == stride * size {
                self.sizes[self.sizes.count - 1] = last * size
                self.strides[self.strides.count - 1] = stride
            } else {
                self.sizes.append(size)
                self.strides.append(stride)
            }
        }
    }

    func callAsFunction(_ position: Int) -> Int {
        var rest = position
        var result = start
        for axis in sizes.indices.dropFirst().reversed() {
            let (quotient, index) = rest.quotientAndRemainder(dividingBy: sizes[axis])
            result += index * strides[axis]
            rest = quotient
        }
        return result + rest * (strides.first ?? 0)
    }

    /// Calls `body` with what the positions from 0 on are taken to, in order; `first` is added to each.
    @inline(__always)
    func forEach(from first: Int, _ body: (Int) -> Void) {
        let (length, step) = (sizes.last ?? 1, strides.last ?? 0)
        var index = [Int](repeating: 0, count: max(sizes.count - 1, 0))
        var run = start + first
        while true {
            var position = run
            for _ in 0..<length {
                body(position)
                position += step
            }
            // The next run, counted like an odometer.
            var axis = index.count - 1
            while axis >= 0 {
                index[axis] += 1
                run += strides[axis]
                if index[axis] < sizes[axis] { break }
                run -= sizes[axis] * strides[axis]
                index[axis] = 0
                axis -= 1
            }
            if axis < 0 { return }
        }
    }
}

/// One axis of a row-major array.
package struct ArrayAxis: Sendable {
    let size: Int
    let stride: Int

    /// - Parameter axis: an axis of `shape`, or `nil` for one that is not there: of size 1.
    package init(_ axis: Int?, of shape: [Int]) {
        size = axis.map { shape[$0] } ?? 1
        stride = axis.map { RowMajor.strides(shape)[$0] } ?? 0
    }

    /// The index along this axis of the element at `position` of the array.
    package func index(of position: Int) -> Int {
        stride == 0 ? 0 : position / stride % size
    }
}
