/// The meaning of stored elements as numbers.
extension DType {
    /// Writes the values of little-endian `bytes` to `values`. Every finite value of 8 to 32 bits converts to `Float` without rounding,
    /// except 32-bit integers past 2^24; 64-bit values are rounded to nearest.
    ///
    /// - Parameter values: memory for as many numbers as there are elements.
    package func convert(_ bytes: UnsafeRawBufferPointer, to values: UnsafeMutablePointer<Float>) {
        switch self {
        case .float32:
            #if _endian(little)
                if let base = bytes.baseAddress { UnsafeMutableRawPointer(values).copyMemory(from: base, byteCount: bytes.count / 4 * 4) }
            #else
                bytes.convert(to: values) { (word: UInt32) in Float(bitPattern: word) }
            #endif
        case .float64: bytes.convert(to: values) { (word: UInt64) in Float(Double(bitPattern: word)) }
        case .float16: bytes.convert(to: values) { (word: UInt16) in Float(half: word) }
        case .bfloat16: bytes.convert(to: values) { (word: UInt16) in Float(bitPattern: UInt32(word) << 16) }
        case .int8: bytes.convert(to: values) { (word: UInt8) in Float(Int8(bitPattern: word)) }
        case .uint8: bytes.convert(to: values) { (word: UInt8) in Float(word) }
        case .int32: bytes.convert(to: values) { (word: UInt32) in Float(Int32(bitPattern: word)) }
        case .int64: bytes.convert(to: values) { (word: UInt64) in Float(Int64(bitPattern: word)) }
        }
    }
}

extension UnsafeRawBufferPointer {
    @inline(__always)
    fileprivate func convert<Word: FixedWidthInteger & BitwiseCopyable>(to values: UnsafeMutablePointer<Float>, _ value: (Word) -> Float) {
        let width = MemoryLayout<Word>.size
        for position in 0..<count / width {
            (values + position).initialize(to: value(Word(littleEndian: loadUnaligned(fromByteOffset: position * width, as: Word.self))))
        }
    }
}

extension Float {
    /// The value of an IEEE 754 binary16 bit pattern. (`Float16` is missing on Intel Macs.)
    package init(half bits: UInt16) {
        let sign = UInt32(bits & 0x8000) << 16
        let exponent = UInt32(bits >> 10) & 0x1F
        let fraction = UInt32(bits & 0x3FF)
        switch exponent {
        case 0:
            let magnitude = Float(fraction) * 0x1p-24
            self = sign == 0 ? magnitude : -magnitude
        case 0x1F: self = Float(bitPattern: sign | 0x7F80_0000 | fraction << 13)
        default: self = Float(bitPattern: sign | (exponent + 112) << 23 | fraction << 13)
        }
    }
}

extension WeightSource {
    /// All elements as `Float`.
    package func tensor() throws(ModelError) -> Tensor<Float> {
        var failure: ModelError?
        let values = [Float](unsafeUninitializedCapacity: count) { buffer, initializedCount in
            do throws(ModelError) {
                initializedCount = buffer.count
                if let base = buffer.baseAddress { try read(to: base) }
            } catch {
                failure = error
                initializedCount = 0
            }
        }
        if let failure { throw failure }
        guard let tensor = Tensor(shape: shape, scalars: values) else { throw wrongLength(values.count) }
        return tensor
    }

    /// Writes all elements as `Float` to memory for `count` numbers.
    ///
    /// - Throws: `weight.length` where the source gives more or fewer elements than its shape says, and what the source throws.
    package func read(to values: UnsafeMutablePointer<Float>) throws(ModelError) {
        let count = count
        var filled = 0
        try stream { piece in
            let given = piece.count / dtype.byteCount
            if filled + given <= count { dtype.convert(piece, to: values + filled) }
            filled += given
        }
        guard filled == count else { throw wrongLength(filled) }
    }

    /// Calls `consumer` with all elements as `Float`: consecutive parts of `partCount` numbers, the last one of what is left.
    ///
    /// - Throws: as `read`, and what `consumer` throws.
    package func streamFloats(_ partCount: Int, _ consumer: (UnsafeBufferPointer<Float>) throws(ModelError) -> Void) throws(ModelError) {
        let count = count
        let part = UnsafeMutableBufferPointer<Float>.allocate(capacity: max(min(partCount, count), 1))
        defer { part.deallocate() }
        var (given, filled) = (0, 0)
        try stream { piece throws(ModelError) in
            var rest = piece[...]
            given += piece.count / dtype.byteCount
            guard given <= count, let base = part.baseAddress else { return }
            while rest.count >= dtype.byteCount {
                let taken = min(rest.count / dtype.byteCount, part.count - filled)
                dtype.convert(UnsafeRawBufferPointer(rebasing: rest.prefix(taken * dtype.byteCount)), to: base + filled)
                rest = rest.dropFirst(taken * dtype.byteCount)
                filled += taken
                if filled == part.count {
                    try consumer(UnsafeBufferPointer(part))
                    filled = 0
                }
            }
        }
        guard given == count else { throw wrongLength(given) }
        if filled > 0 { try consumer(UnsafeBufferPointer(rebasing: part[..<filled])) }
    }

    private func wrongLength(_ given: Int) -> ModelError {
        ModelError(Problem("weight.length", "\(origin) gave \(given) elements, its shape is \(shape)", kind: .fault))
    }
}
