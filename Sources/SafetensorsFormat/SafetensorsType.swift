import ModelCore

/// The names of element types in headers.
enum SafetensorsType {
    /// In the order in which the format's own library lists them, of which the writer makes use.
    private static let types: [(name: String, type: StoredType)] = [
        ("BOOL", .bool), ("U8", .uint8), ("I8", .int8), ("I16", .int16), ("F16", .float16), ("BF16", .bfloat16), ("I32", .int32),
        ("F32", .float32), ("F64", .float64), ("I64", .int64),
    ]

    /// For messages.
    static let names = types.map(\.name).joined(separator: ", ")

    static func read(_ name: String) -> StoredType? {
        types.first { $0.name == name }?.type
    }

    static func name(of type: StoredType) -> String {
        types.first { $0.type == type }?.name ?? type.rawValue
    }

    /// Where a type is in the list: types of more bytes come later.
    static func rank(of type: StoredType) -> Int {
        types.firstIndex { $0.type == type } ?? 0
    }
}
