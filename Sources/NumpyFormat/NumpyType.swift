/// The type of an array's elements.
package struct NumpyType: Sendable, Hashable {
    package enum Kind: String, Sendable, Hashable, CaseIterable {
        case float16 = "f2"
        case float32 = "f4"
        case float64 = "f8"
        case int8 = "i1"
        case int16 = "i2"
        case int32 = "i4"
        case int64 = "i8"
        case uint8 = "u1"
        case uint16 = "u2"
        case uint32 = "u4"
        case uint64 = "u8"
        case bool = "b1"

        /// Bytes that one element occupies.
        package var byteCount: Int {
            switch self {
            case .int8, .uint8, .bool: 1
            case .float16, .int16, .uint16: 2
            case .float32, .int32, .uint32: 4
            case .float64, .int64, .uint64: 8
            }
        }
    }

    package let kind: Kind
    /// Whether the most significant byte of an element comes first; false where elements have one byte.
    package let isBigEndian: Bool

    package init(_ kind: Kind, isBigEndian: Bool = false) {
        self.kind = kind
        self.isBigEndian = isBigEndian && kind.byteCount > 1
    }

    /// The type that NumPy describes so: `<f4`, `>i8`, `|b1`. `nil` for types of any other kind.
    init?(description: String) {
        guard let order = description.first, "<>|".contains(order), let kind = Kind(rawValue: String(description.dropFirst())),
            order != "|" || kind.byteCount == 1
        else { return nil }
        self.init(kind, isBigEndian: order == ">")
    }

    /// As NumPy describes it.
    package var numpyDescription: String {
        (kind.byteCount == 1 ? "|" : isBigEndian ? ">" : "<") + kind.rawValue
    }
}
