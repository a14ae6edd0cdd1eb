/// Where the elements of a weight come from: its type, its shape, and a way to read it piece by piece.
///
/// Elements are little-endian and row-major. Nothing is read before `stream` is called, and `stream` may be called again.
package struct WeightSource: Sendable {
    package typealias Consumer = (UnsafeRawBufferPointer) throws(ModelError) -> Void

    package let dtype: DType
    package let shape: [Int]
    /// Where the elements are, for messages: `/model_weights/conv/kernel:0`.
    package let origin: String
    private let read: @Sendable (Consumer) throws(ModelError) -> Void

    /// - Parameter read: calls its argument with consecutive pieces, each a whole number of elements, together exactly `byteCount` bytes.
    package init(dtype: DType, shape: [Int], origin: String, read: @escaping @Sendable (Consumer) throws(ModelError) -> Void) {
        self.dtype = dtype
        self.shape = shape
        self.origin = origin
        self.read = read
    }

    package var count: Int { shape.reduce(1, *) }
    package var byteCount: Int { count * dtype.byteCount }

    /// Calls `consumer` with consecutive pieces of the elements, first to last.
    package func stream(_ consumer: Consumer) throws(ModelError) {
        try read(consumer)
    }
}

extension WeightSource {
    /// A weight that is already in memory.
    package init(_ tensor: Tensor<Float>, origin: String = "memory") {
        self.init(dtype: .float32, shape: tensor.shape, origin: origin) { consumer throws(ModelError) in
            var failure: ModelError?
            tensor.scalars.withUnsafeBytes { bytes in
                do throws(ModelError) { try consumer(bytes) } catch { failure = error }
            }
            if let failure { throw failure }
        }
    }

    /// The same elements under another shape, which must have as many.
    package func reshaped(_ shape: [Int]) -> WeightSource {
        WeightSource(dtype: dtype, shape: shape, origin: origin, read: read)
    }

    /// The view whose axis k is axis `permutation[k]` of this weight.
    package func permuted(by permutation: [Int]) -> WeightSource {
        rearranged(shape: RowMajor.permuted(shape, by: permutation), strides: RowMajor.permuted(RowMajor.strides(shape), by: permutation), start: 0)
    }

    /// The view in which these axes run backwards.
    package func flipped(axes: [Int]) -> WeightSource {
        var strides = RowMajor.strides(shape)
        var start = 0
        for axis in axes where shape[axis] > 0 {
            start += strides[axis] * (shape[axis] - 1)
            strides[axis] = -strides[axis]
        }
        return rearranged(shape: shape, strides: strides, start: start)
    }

    /// The weight whose element k is element `index(k)` of this one, or 0 where there is none.
    package func gathered(_ shape: [Int], index: @escaping @Sendable (Int) -> Int?) -> WeightSource {
        let base = self
        return WeightSource(dtype: dtype, shape: shape, origin: origin) { consumer throws(ModelError) in
            let bytes = try base.bytes()
            let width = base.dtype.byteCount
            let count = shape.reduce(1, *)
            for start in stride(from: 0, to: count, by: 1 << 18) {
                var piece: [UInt8] = []
                for element in start..<min(start + (1 << 18), count) {
                    if let source = index(element) {
                        piece += bytes[source * width..<(source + 1) * width]
                    } else {
                        piece += repeatElement(0, count: width)
                    }
                }
                try withBytes(of: piece, consumer)
            }
        }
    }

    private func rearranged(shape: [Int], strides: [Int], start: Int) -> WeightSource {
        let base = self
        return WeightSource(dtype: dtype, shape: shape, origin: origin) { consumer throws(ModelError) in
            let bytes = try base.bytes()
            try consumeRearranged(bytes, width: base.dtype.byteCount, shape: shape, strides: strides, start: start, consumer)
        }
    }

    /// All elements at once, for weights that are known to be small or needed whole.
    package func bytes() throws(ModelError) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(byteCount)
        try stream { piece in bytes.append(contentsOf: piece) }
        return bytes
    }
}

private func consumeRearranged(
    _ bytes: [UInt8], width: Int, shape: [Int], strides: [Int], start: Int, _ consumer: WeightSource.Consumer
) throws(ModelError) {
    let count = shape.reduce(1, *)
    guard count > 0 else { return }
    let pieceCount = Swift.min(count, 1 << 18)
    var piece = [UInt8]()
    piece.reserveCapacity(pieceCount * width)
    var index = [Int](repeating: 0, count: shape.count)
    var source = start
    for position in 0..<count {
        piece.append(contentsOf: bytes[source * width..<(source + 1) * width])
        if piece.count == pieceCount * width || position == count - 1 {
            try withBytes(of: piece, consumer)
            piece.removeAll(keepingCapacity: true)
        }
        for axis in shape.indices.reversed() {
            index[axis] += 1
            source += strides[axis]
            if index[axis] < shape[axis] { break }
            source -= strides[axis] * shape[axis]
            index[axis] = 0
        }
    }
}

private func withBytes(of array: [UInt8], _ consumer: WeightSource.Consumer) throws(ModelError) {
    var failure: ModelError?
    array.withUnsafeBytes { bytes in
        do throws(ModelError) { try consumer(bytes) } catch { failure = error }
    }
    if let failure { throw failure }
}
