internal import ByteIO
package import ModelCore

extension NumpyArray {
    /// The elements as 32-bit floats in row-major order. What a 32-bit float cannot hold is rounded to nearest; `true` is 1.
    package func floats() throws(ModelError) -> Tensor<Float> {
        try tensor()
    }

    /// The elements as 64-bit floats in row-major order. Only integers beyond 2^53 are rounded, to nearest; `true` is 1.
    package func doubles() throws(ModelError) -> Tensor<Double> {
        try tensor()
    }

    private func tensor<Scalar: BinaryFloatingPoint & BitwiseCopyable & Sendable>() throws(ModelError) -> Tensor<Scalar> {
        let scalars: [Scalar] = data.withBytes { bytes in
            switch type.kind {
            case .float16: elements(bytes) { (bits: UInt16) in Scalar(Float(half: bits)) }
            case .float32: elements(bytes) { (bits: UInt32) in Scalar(Float(bitPattern: bits)) }
            case .float64: elements(bytes) { (bits: UInt64) in Scalar(Double(bitPattern: bits)) }
            case .int8: elements(bytes) { (value: Int8) in Scalar(value) }
            case .int16: elements(bytes) { (value: Int16) in Scalar(value) }
            case .int32: elements(bytes) { (value: Int32) in Scalar(value) }
            case .int64: elements(bytes) { (value: Int64) in Scalar(value) }
            case .uint8: elements(bytes) { (value: UInt8) in Scalar(value) }
            case .uint16: elements(bytes) { (value: UInt16) in Scalar(value) }
            case .uint32: elements(bytes) { (value: UInt32) in Scalar(value) }
            case .uint64: elements(bytes) { (value: UInt64) in Scalar(value) }
            case .bool: elements(bytes) { (value: UInt8) in value == 0 ? 0 : 1 }
            }
        }
        guard let tensor = Tensor(shape: shape, scalars: scalars) else {
            throw npyProblem("shape", "\(scalars.count) elements for the shape \(shape)", kind: .fault)
        }
        return tensor
    }

    /// All elements in row-major order, each converted from its word.
    private func elements<Word: FixedWidthInteger & BitwiseCopyable, Scalar>(
        _ bytes: UnsafeRawBufferPointer, _ convert: (Word) -> Scalar
    ) -> [Scalar] {
        let count = self.count
        let isBigEndian = type.isBigEndian
        func element(_ position: Int) -> Scalar {
            let word = bytes.loadUnaligned(fromByteOffset: position * MemoryLayout<Word>.size, as: Word.self)
            return convert(isBigEndian ? Word(bigEndian: word) : Word(littleEndian: word))
        }
        return [Scalar](unsafeUninitializedCapacity: count) { scalars, initializedCount in
            if isFortranOrder && shape.count > 1 {
                var walk = FortranWalk(shape)
                for position in 0..<count {
                    scalars.initializeElement(at: position, to: element(walk.source))
                    walk.advance()
                }
            } else {
                for position in 0..<count { scalars.initializeElement(at: position, to: element(position)) }
            }
            initializedCount = count
        }
    }
}

/// Visits the elements of an array in row-major order and tells where each is in column-major order.
private struct FortranWalk {
    private(set) var source = 0
    private let shape: [Int]
    private let strides: [Int]
    private var index: [Int]

    /// The product of the sizes is within `Int`, for there are so many elements.
    init(_ shape: [Int]) {
        self.shape = shape
        strides = Array(RowMajor.strides(shape.reversed()).reversed())
        index = Array(repeating: 0, count: shape.count)
    }

    mutating func advance() {
        for axis in shape.indices.reversed() {
            index[axis] += 1
            source += strides[axis]
            if index[axis] < shape[axis] { return }
            source -= strides[axis] * shape[axis]
            index[axis] = 0
        }
    }
}
