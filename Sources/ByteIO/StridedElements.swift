package import ModelCore

/// The elements of a tensor in little-endian bytes that hold more than it: element `i, j, ...` is number
/// `start + i * strides[0] + j * strides[1] + ...`.
///
/// A stride of 0 repeats elements. Whatever is wrong with the numbers is found when the description is made, for the bytes at hand.
package struct StridedElements: Sendable, Hashable {
    package let type: StoredType
    package let shape: [Int]
    /// In elements, one per axis; 0 where there is nothing to move along.
    package let strides: [Int]
    /// In elements; 0 where there are none.
    package let start: Int
    /// The product of the sizes.
    package let count: Int

    /// Why numbers from a file describe no tensor.
    package enum Fault: Error, Sendable, Hashable {
        /// More than 64 axes, as many strides as axes were expected, or a number below 0.
        case shape
        /// More bytes than can be addressed.
        case overflow
        /// Elements past the end: this many were needed.
        case outside(Int)
        /// Elements that are repeated so often that the tensor is more than a file of this size should ask for.
        case repeated
    }

    /// A tensor may have more elements than there are, by repetition, but not more than this.
    package static let repeatedLimit = 1 << 26

    /// - Parameters:
    ///   - strides: those of a tensor of this shape alone, unless given.
    ///   - available: how many elements there are, of this type.
    package init(_ type: StoredType, shape: [Int], strides: [Int]? = nil, start: Int = 0, available: Int) throws(Fault) {
        guard shape.count <= 64, start >= 0, shape.allSatisfy({ $0 >= 0 }) else { throw .shape }
        // Without the sizes that are 0, so that no part of the product can be too large.
        guard let product = shape.map({ max($0, 1) }).checkedProduct, product.multiplied(by: 8) != nil else { throw .overflow }
        let strides = strides ?? RowMajor.strides(shape)
        guard strides.count == shape.count, strides.allSatisfy({ $0 >= 0 }) else { throw .shape }
        let count = shape.contains(0) ? 0 : product
        if count > 0 {
            var end = start.adding(1)
            for (size, stride) in zip(shape, strides) {
                end = (size - 1).multiplied(by: stride).flatMap { reach in end.flatMap { $0.adding(reach) } }
            }
            guard let end else { throw .overflow }
            guard end <= available else { throw .outside(end) }
            guard count <= max(available, Self.repeatedLimit) else { throw .repeated }
        }
        self.type = type
        self.shape = shape
        // Whatever the stride along an axis of one position is, nothing moves along it.
        self.strides = zip(shape, strides).map { $0 > 1 ? $1 : 0 }
        self.start = count > 0 ? start : 0
        self.count = count
    }

    /// The axes from the outermost to the innermost in the bytes, where nothing lies between the elements and none is repeated.
    private var order: [Int]? {
        var order = Array(shape.indices)
        if isDense(order) { return order }
        order.sort { strides[$0] > strides[$1] }
        return isDense(order) ? order : nil
    }

    private func isDense(_ order: [Int]) -> Bool {
        var expected = 1
        for axis in order.reversed() where shape[axis] != 1 {
            guard strides[axis] == expected else { return false }
            expected *= shape[axis]
        }
        return true
    }

    /// The bytes from the first element to the last, which is there.
    private var span: Range<Int> {
        let reach = zip(shape, strides).reduce(0) { $0 + ($1.0 - 1) * $1.1 }
        return start * type.byteCount..<(start + reach + 1) * type.byteCount
    }

    /// The weight of these elements.
    package func weight(origin: String, in bytes: ByteSource) -> WeightSource {
        guard type.dtype.byteCount == type.byteCount, let order else { return gathered(origin: origin, in: bytes) }
        let (width, first) = (type.byteCount, start * type.byteCount)
        let dense = WeightSource(dtype: type.dtype, shape: order.map { shape[$0] }, origin: origin, readsAnywhere: bytes.readsAnywhere) {
            elements, consumer throws(ModelError) in
            try bytes.stream(first + elements.lowerBound * width..<first + elements.upperBound * width, consumer)
        }
        return order == Array(shape.indices) ? dense : dense.permuted(by: RowMajor.inverse(of: order))
    }

    /// The weight of elements that are put together one by one.
    private func gathered(origin: String, in bytes: ByteSource) -> WeightSource {
        WeightSource(dtype: type.dtype, shape: shape, origin: origin, readsAnywhere: bytes.readsAnywhere) { elements, consumer throws(ModelError) in
            guard !elements.isEmpty else { return }
            let region = try bytes.region(span)
            defer { region.release() }
            try region.withBytes { bytes throws(ModelError) in try gather(elements, from: bytes, consumer) }
        }
    }

    /// Calls `consumer` with pieces of the elements at these row-major positions.
    ///
    /// - Parameter bytes: the bytes of `span`.
    private func gather(_ elements: Range<Int>, from bytes: UnsafeRawBufferPointer, _ consumer: WeightSource.Consumer) throws(ModelError) {
        switch (type, type.byteCount) {
        case (.int16, _):
            try gather(elements, bytes, consumer) { (word: UInt16) in
                UInt32(bitPattern: Int32(Int16(bitPattern: UInt16(littleEndian: word)))).littleEndian
            }
        case (_, 1): try gather(elements, bytes, consumer) { (word: UInt8) in word }
        case (_, 2): try gather(elements, bytes, consumer) { (word: UInt16) in word }
        case (_, 4): try gather(elements, bytes, consumer) { (word: UInt32) in word }
        default: try gather(elements, bytes, consumer) { (word: UInt64) in word }
        }
    }

    /// Puts elements together one by one.
    private func gather<Stored: BitwiseCopyable, Word: BitwiseCopyable>(
        _ elements: Range<Int>, _ bytes: UnsafeRawBufferPointer, _ consumer: WeightSource.Consumer, _ convert: (Stored) -> Word
    ) throws(ModelError) {
        let limit = Self.pieceSize / MemoryLayout<Word>.size
        var walk = Walk(self, at: elements.lowerBound)
        var piece: [Word] = []
        piece.reserveCapacity(min(elements.count, limit))
        var position = elements.lowerBound
        while position < elements.upperBound {
            let end = min(position + limit, elements.upperBound)
            piece.removeAll(keepingCapacity: true)
            while position < end {
                let run = min(walk.rest, end - position)
                for step in 0..<run {
                    let source = walk.source + step * walk.stride
                    piece.append(convert(bytes.loadUnaligned(fromByteOffset: source * MemoryLayout<Stored>.size, as: Stored.self)))
                }
                position += run
                walk.advance(run)
            }
            try piece.withUnsafeBufferPointer { buffer throws(ModelError) in try consumer(UnsafeRawBufferPointer(buffer)) }
        }
    }

    /// What a consumer is given at a time, in bytes.
    private static let pieceSize = 1 << 20
}

/// Where in the bytes the elements of a tensor are, row by row.
private struct Walk {
    /// The number of the element that comes next, from the first of the tensor.
    private(set) var source = 0
    private let shape: [Int]
    private let strides: [Int]
    private var index: [Int]

    /// How many elements the row still has.
    var rest: Int { shape[shape.count - 1] - index[shape.count - 1] }
    /// From one element of the row to the next.
    var stride: Int { strides[shape.count - 1] }

    /// - Parameter position: below the number of elements, none of whose sizes is 0.
    init(_ elements: StridedElements, at position: Int) {
        // A single number is a row of one.
        shape = elements.shape.isEmpty ? [1] : elements.shape
        strides = elements.shape.isEmpty ? [1] : elements.strides
        index = Array(repeating: 0, count: shape.count)
        var rest = position
        for axis in shape.indices.reversed() {
            index[axis] = rest % shape[axis]
            rest /= shape[axis]
            source += index[axis] * strides[axis]
        }
    }

    /// Moves on by `count` elements, at most `rest`.
    mutating func advance(_ count: Int) {
        var axis = shape.count - 1
        index[axis] += count
        source += count * strides[axis]
        while axis > 0, index[axis] == shape[axis] {
            source -= index[axis] * strides[axis]
            index[axis] = 0
            axis -= 1
            index[axis] += 1
            source += strides[axis]
        }
    }
}
