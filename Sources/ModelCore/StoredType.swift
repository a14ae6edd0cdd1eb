/// A type of elements that files have, which is more than weights have: every value of it is one of `dtype`.
package enum StoredType: String, Sendable, Hashable, CaseIterable {
    case float32, float16, bfloat16, float64, int8, uint8, int16, int32, int64, bool

    /// Bytes that one element occupies in a file.
    package var byteCount: Int {
        switch self {
        case .int8, .uint8, .bool: 1
        case .float16, .bfloat16, .int16: 2
        case .float32, .int32: 4
        case .float64, .int64: 8
        }
    }

    /// The type of weights that stands for this one: the same, but for 16-bit integers and truth values, which no weight is made of.
    package var dtype: DType {
        switch self {
        case .float32: .float32
        case .float16: .float16
        case .bfloat16: .bfloat16
        case .float64: .float64
        case .int8: .int8
        case .uint8, .bool: .uint8
        case .int16, .int32: .int32
        case .int64: .int64
        }
    }

    /// The type of files for a type of weights.
    package init(_ dtype: DType) {
        switch dtype {
        case .float32: self = .float32
        case .float16: self = .float16
        case .bfloat16: self = .bfloat16
        case .float64: self = .float64
        case .int8: self = .int8
        case .uint8: self = .uint8
        case .int32: self = .int32
        case .int64: self = .int64
        }
    }
}
