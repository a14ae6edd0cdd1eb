/// Where the elements of a weight come from: its type, its shape, and a way to read them piece by piece.
///
/// Elements are little-endian and row-major. Nothing is read before `stream` is called, and `stream` may be called again.
package struct WeightSource: Sendable {
    package typealias Consumer = (UnsafeRawBufferPointer) throws(ModelError) -> Void
    package typealias Reader = @Sendable (_ elements: Range<Int>, Consumer) throws(ModelError) -> Void

    package let dtype: DType
    package let shape: [Int]
    /// Where the elements are, for messages: `/model_weights/conv/kernel:0`.
    package let origin: String
    /// Which tensor of a file it is, where it is a rearrangement of one that was `named`.
    package private(set) var provenance: WeightProvenance?
    /// What it was made of, if no file holds it as it is.
    package var derivation: WeightDerivation?
    /// Whether it takes little to read a few elements anywhere.
    let readsAnywhere: Bool
    private let read: Reader
    /// For a rearrangement of another weight, a rearrangement of this one straight from that.
    let rearranged: (@Sendable ([ViewAxis]) -> WeightSource)?

    /// - Parameters:
    ///   - readsAnywhere: whether `read` takes little for a few elements anywhere; else it had better be called once for many.
    ///   - read: calls its second argument with consecutive pieces of a range of the elements, each a whole number of elements, together exactly
    ///     the range. Pieces of a large weight are a few MiB at most.
    package init(dtype: DType, shape: [Int], origin: String, readsAnywhere: Bool = false, read: @escaping Reader) {
        self.init(dtype: dtype, shape: shape, origin: origin, readsAnywhere: readsAnywhere, rearranged: nil, read: read)
    }

    init(
        dtype: DType, shape: [Int], origin: String, provenance: WeightProvenance? = nil, readsAnywhere: Bool,
        rearranged: (@Sendable ([ViewAxis]) -> WeightSource)?, read: @escaping Reader
    ) {
        self.provenance = provenance
        self.rearranged = rearranged
        self.dtype = dtype
        self.shape = shape
        self.origin = origin
        self.readsAnywhere = readsAnywhere
        self.read = read
    }

    package var count: Int { shape.reduce(1, *) }
    package var byteCount: Int { count * dtype.byteCount }

    /// Calls `consumer` with consecutive pieces of the elements, first to last.
    package func stream(_ consumer: Consumer) throws(ModelError) {
        try read(0..<count, consumer)
    }

    /// The same for writers, which have promised how much will come.
    ///
    /// - Throws: `weight.length` where there are more or fewer bytes than the shape says; `consumer` is not given any that are too many.
    package func streamWhole(_ consumer: Consumer) throws(ModelError) {
        var count = 0
        try stream { piece throws(ModelError) in
            count += piece.count
            guard count <= byteCount else { throw wrongLength(count) }
            try consumer(piece)
        }
        guard count == byteCount else { throw wrongLength(count) }
    }

    private func wrongLength(_ count: Int) -> ModelError {
        ModelError(
            Problem(
                "weight.length", "\(origin) gave \(count) of the \(byteCount) bytes of \(dtype.rawValue) \(shape)", kind: .fault,
                at: Location(path: origin)))
    }

    /// Calls `consumer` with consecutive pieces of the elements at these row-major positions, which must be within `0..<count`.
    package func stream(_ elements: Range<Int>, _ consumer: Consumer) throws(ModelError) {
        try read(elements, consumer)
    }
}

extension WeightSource {
    /// A weight that is read from first to last only, whatever part of it is wanted: one that is small.
    package init(dtype: DType, shape: [Int], origin: String, readAll: @escaping @Sendable (Consumer) throws(ModelError) -> Void) {
        self.init(dtype: dtype, shape: shape, origin: origin) { elements, consumer throws(ModelError) in
            // All that it gives, so that one which gives too much or too little is noticed.
            guard elements != 0..<shape.reduce(1, *) else { return try readAll(consumer) }
            let wanted = elements.lowerBound * dtype.byteCount..<elements.upperBound * dtype.byteCount
            var start = 0
            try readAll { piece throws(ModelError) in
                let part = (start..<start + piece.count).clamped(to: wanted)
                if !part.isEmpty { try consumer(UnsafeRawBufferPointer(rebasing: piece[part.lowerBound - start..<part.upperBound - start])) }
                start += piece.count
            }
        }
    }

    /// A weight that is already in memory.
    package init(_ tensor: Tensor<Float>, origin: String = "memory") {
        self.init(dtype: .float32, shape: tensor.shape, origin: origin, readsAnywhere: true) { elements, consumer throws(ModelError) in
            var failure: ModelError?
            tensor.scalars[elements].withUnsafeBytes { bytes in
                do throws(ModelError) { try consumer(bytes) } catch { failure = error }
            }
            if let failure { throw failure }
        }
    }

    /// The same elements under another shape, which must have as many.
    package func reshaped(_ shape: [Int]) -> WeightSource {
        var source = WeightSource(
            dtype: dtype, shape: shape, origin: origin, provenance: provenance, readsAnywhere: readsAnywhere, rearranged: nil, read: read)
        source.derivation = derivation
        return source
    }

    /// The same weight as the tensor of this name: its rearrangements tell how the tensor comes out of them.
    package func named(_ tensor: String) -> WeightSource {
        var source = WeightSource(
            dtype: dtype, shape: shape, origin: origin, provenance: WeightProvenance(tensor: tensor, shape: shape), readsAnywhere: readsAnywhere,
            rearranged: nil, read: read)
        source.derivation = derivation
        return source
    }

    /// The weight whose element k is element `index(k)` of this one, or 0 where there is none.
    package func gathered(_ shape: [Int], index: @escaping @Sendable (Int) -> Int?) -> WeightSource {
        let base = self
        var source = WeightSource(dtype: dtype, shape: shape, origin: origin) { elements, consumer throws(ModelError) in
            let bytes = try base.bytes()
            let width = base.dtype.byteCount
            for start in stride(from: elements.lowerBound, to: elements.upperBound, by: 1 << 18) {
                var piece: [UInt8] = []
                for element in start..<min(start + (1 << 18), elements.upperBound) {
                    if let source = index(element) {
                        piece += bytes[source * width..<(source + 1) * width]
                    } else {
                        piece += repeatElement(0, count: width)
                    }
                }
                try withBytes(of: piece, consumer)
            }
        }
        source.derivation = derivation
        return source
    }

    /// All elements at once, for weights that are known to be small or needed whole.
    package func bytes() throws(ModelError) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(byteCount)
        try stream { piece in bytes.append(contentsOf: piece) }
        return bytes
    }
}

private func withBytes(of array: [UInt8], _ consumer: WeightSource.Consumer) throws(ModelError) {
    var failure: ModelError?
    array.withUnsafeBytes { bytes in
        do throws(ModelError) { try consumer(bytes) } catch { failure = error }
    }
    if let failure { throw failure }
}
