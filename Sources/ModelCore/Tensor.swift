/// An array in memory: its shape, and its elements in row-major order.
///
/// The elements of a tensor are always as many as the product of its sizes: it is made so, and nothing that changes elements changes their number.
///
///     var image = Tensor<Float>(repeating: 0, shape: [1, 224, 224, 3])  // N, H, W, C
///     image[0, 10, 20, 2] = 255
///     image.withUnsafeMutableBuffer { pixels in for index in pixels.indices { pixels[index] /= 255 } }
public struct Tensor<Scalar: BitwiseCopyable & Sendable>: Sendable {
    /// One size per axis, outermost first; empty for a single number. Sizes may be 0.
    public let shape: [Int]

    /// The elements in row-major order, the last axis fastest: as many as the product of the sizes.
    ///
    /// To change elements, use a subscript or `withUnsafeMutableBuffer`; for elements in an array of your own, make a tensor of it.
    public private(set) var scalars: [Scalar]

    /// An array of this shape.
    ///
    /// - Returns: `nil` where a size is negative, or the number of elements is not the product of the sizes.
    public init?(shape: [Int], scalars: [Scalar]) {
        guard Self.count(of: shape) == scalars.count else { return nil }
        self.init(shape: shape, uncheckedScalars: scalars)
    }

    /// An array whose elements are all `value`.
    ///
    /// - Precondition: no size is negative, and the product of the sizes is within `Int`. As with `Array(repeating:count:)`, anything else ends the
    ///   program, with a message. Use `init(shape:scalars:)` for sizes that you have not made yourself.
    public init(repeating value: Scalar, shape: [Int]) {
        guard let count = Self.count(of: shape) else {
            preconditionFailure("no tensor has the shape \(shape): a size is negative, or the product of the sizes exceeds Int")
        }
        self.init(shape: shape, uncheckedScalars: Array(repeating: value, count: count))
    }

    /// An array of this shape, one value per element, from the element's row-major position.
    package init(shape: [Int], generating value: (Int) -> Scalar) {
        self.init(shape: shape, uncheckedScalars: (0..<shape.reduce(1, *)).map(value))
    }

    @usableFromInline package init(shape: [Int], uncheckedScalars: [Scalar]) {
        self.shape = shape
        self.scalars = uncheckedScalars
    }

    /// How many elements a shape has; `nil` where it is none, or they cannot be counted.
    private static func count(of shape: [Int]) -> Int? {
        shape.allSatisfy { $0 >= 0 } ? shape.checkedProduct : nil
    }

    /// How many elements there are.
    public var count: Int { scalars.count }

    /// The number of axes.
    public var rank: Int { shape.count }

    /// The same elements, in the same order, under another shape.
    ///
    /// - Returns: `nil` where the shape has another number of elements, or a negative size.
    public func reshaped(_ shape: [Int]) -> Tensor? {
        Tensor(shape: shape, scalars: scalars)
    }

    /// Each element converted by `transform`.
    @inlinable package func map<Other>(_ transform: (Scalar) -> Other) -> Tensor<Other> {
        Tensor<Other>(shape: shape, uncheckedScalars: scalars.map(transform))
    }

    /// The element with this index, one number for each axis, outermost first: `tensor[0, 3, 2, 1]`.
    ///
    /// For a loop over many elements, `scalars` and the unsafe buffers are faster.
    ///
    /// - Precondition: there are as many numbers as axes, each from 0 and below its axis' size. As with arrays, anything else ends the program, with a
    ///   message. `position(of:)` tells whether there is such an element.
    public subscript(index: Int...) -> Scalar {
        get { scalars[required(index)] }
        set { scalars[required(index)] = newValue }
    }

    /// The element at this place in `scalars`.
    ///
    /// - Precondition: `position` is from 0 and below `count`, as with arrays.
    public subscript(position position: Int) -> Scalar {
        get { scalars[position] }
        set { scalars[position] = newValue }
    }

    /// Where the element with this index is in `scalars`.
    ///
    /// - Returns: `nil` where there is no such element: another number of axes, or a number that is negative or not below its axis' size.
    public func position(of index: [Int]) -> Int? {
        guard index.count == shape.count else { return nil }
        var position = 0
        for (number, size) in zip(index, shape) {
            guard number >= 0, number < size else { return nil }
            // Below the number of elements, which is within `Int`: this neither overflows nor leaves the array.
            position = position * size + number
        }
        return position
    }

    private func required(_ index: [Int]) -> Int {
        guard let position = position(of: index) else {
            preconditionFailure("a tensor of shape \(shape) has no element \(index)")
        }
        return position
    }

    /// Calls `body` with the elements in row-major order, in place.
    ///
    /// - Parameter body: must not let the buffer, which is valid during the call only, escape.
    /// - Returns: what `body` returns.
    /// - Throws: what `body` throws.
    public func withUnsafeBuffer<Result, Failure: Error>(
        _ body: (UnsafeBufferPointer<Scalar>) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try scalars.withUnsafeBufferPointer { buffer throws(Failure) in try body(buffer) }
    }

    /// Calls `body` with the elements in row-major order, in place, to be changed.
    ///
    /// What `body` has changed stays changed if it throws.
    ///
    /// - Parameter body: must not let the buffer, which is valid during the call only, escape.
    /// - Returns: what `body` returns.
    /// - Throws: what `body` throws.
    public mutating func withUnsafeMutableBuffer<Result, Failure: Error>(
        _ body: (UnsafeMutableBufferPointer<Scalar>) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try scalars.withUnsafeMutableBufferPointer { buffer throws(Failure) in try body(buffer) }
    }
}

/// Equal shapes and equal elements in the same order. As with numbers, NaN is not equal to itself, and 0 is equal to -0.
extension Tensor: Equatable where Scalar: Equatable {}

extension Tensor: Hashable where Scalar: Hashable {}

extension Tensor: CustomStringConvertible {
    /// The shape and the first elements: `[2, 5] 0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, ...`.
    public var description: String {
        let shown = scalars.prefix(8).map { String(describing: $0) } + (count > 8 ? ["..."] : [])
        return ([String(describing: shape)] + (shown.isEmpty ? [] : [shown.joined(separator: ", ")])).joined(separator: " ")
    }
}
