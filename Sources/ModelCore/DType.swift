/// The type of a tensor's elements, as stored in a file. Names are those of NumPy and of `.cnnm` headers.
public enum DType: String, Sendable, Hashable, CaseIterable {
    case float32, float16, bfloat16, float64, int8, uint8, int32, int64

    /// Bytes that one element occupies.
    public var byteCount: Int {
        switch self {
        case .int8, .uint8: 1
        case .float16, .bfloat16: 2
        case .float32, .int32: 4
        case .float64, .int64: 8
        }
    }

    /// Whether elements are IEEE 754 binary numbers or bfloat16.
    public var isFloatingPoint: Bool {
        switch self {
        case .float32, .float16, .bfloat16, .float64: true
        case .int8, .uint8, .int32, .int64: false
        }
    }
}
