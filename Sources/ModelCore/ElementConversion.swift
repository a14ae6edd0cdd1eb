/// The meaning of stored elements as numbers.
extension DType {
    /// Appends the values of little-endian `bytes` to `values`. Every finite value of 8 to 32 bits converts to `Float` without rounding,
    /// except 32-bit integers past 2^24; 64-bit values are rounded to nearest.
    package func append(_ bytes: UnsafeRawBufferPointer, to values: inout [Float]) {
        switch self {
        case .float32: bytes.elements(UInt32.self) { values.append(Float(bitPattern: $0)) }
        case .float64: bytes.elements(UInt64.self) { values.append(Float(Double(bitPattern: $0))) }
        case .float16: bytes.elements(UInt16.self) { values.append(Float(half: $0)) }
        case .bfloat16: bytes.elements(UInt16.self) { values.append(Float(bitPattern: UInt32($0) << 16)) }
        case .int8: bytes.elements(UInt8.self) { values.append(Float(Int8(bitPattern: $0))) }
        case .uint8: bytes.elements(UInt8.self) { values.append(Float($0)) }
        case .int32: bytes.elements(UInt32.self) { values.append(Float(Int32(bitPattern: $0))) }
        case .int64: bytes.elements(UInt64.self) { values.append(Float(Int64(bitPattern: $0))) }
        }
    }
}

extension UnsafeRawBufferPointer {
    fileprivate func elements<Word: FixedWidthInteger & BitwiseCopyable>(_: Word.Type, _ body: (Word) -> Void) {
        let width = MemoryLayout<Word>.size
        for position in 0..<count / width {
            body(Word(littleEndian: loadUnaligned(fromByteOffset: position * width, as: Word.self)))
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
        var values: [Float] = []
        values.reserveCapacity(count)
        try stream { piece in dtype.append(piece, to: &values) }
        guard let tensor = Tensor(shape: shape, scalars: values) else {
            throw ModelError(Problem("weight.length", "\(origin) gave \(values.count) elements, its shape is \(shape)", kind: .fault))
        }
        return tensor
    }
}
