import ModelCore

/// A message that holds a whole attribute: its name, its element type, its shape and its elements.
/// Source of the format: HDF5 File Format Specification 3.0, IV.A.2.d, i, m.
struct AttributeMessage {
    /// What an element is, as far as strings go.
    enum ElementType: Equatable {
        case fixedString(width: Int, padding: Int)
        case variableString
        case other
    }

    let name: [UInt8]
    let type: ElementType
    /// The number of axes.
    let rank: Int
    /// The number of elements.
    let count: Int
    let elements: ArraySlice<UInt8>

    /// `nil` where the message is damaged or its type is kept elsewhere.
    init?(_ body: ArraySlice<UInt8>) {
        var cursor = ByteCursor(body)
        guard let version = cursor.integer(1), (1...3).contains(version), let flags = cursor.integer(1), version == 1 || flags == 0,
            let nameCount = cursor.integer(2), let typeCount = cursor.integer(2), let spaceCount = cursor.integer(2),
            cursor.skip(version == 3 ? 1 : 0)
        else { return nil }
        // Version 1 pads each part to a multiple of eight bytes.
        let padded = { (count: Int) in version == 1 ? (count + 7) / 8 * 8 : count }
        guard let name = cursor.bytes(padded(nameCount)), let type = cursor.bytes(padded(typeCount)),
            let space = cursor.bytes(padded(spaceCount)), let (rank, count) = Self.extent(space)
        else { return nil }
        self.name = [UInt8](name.prefix(nameCount).prefix { $0 != 0 })
        self.type = Self.elementType(type)
        (self.rank, self.count) = (rank, count)
        elements = cursor.rest
    }

    private static func elementType(_ body: ArraySlice<UInt8>) -> ElementType {
        var cursor = ByteCursor(body)
        guard let head = cursor.integer(1), let flags = cursor.integer(3), let width = cursor.integer(4) else { return .other }
        return switch (head & 0x0F, flags & 0x0F) {
        case (3, let padding): .fixedString(width: width, padding: padding)
        case (9, 1) where width == 16: .variableString
        default: .other
        }
    }

    /// The number of axes and of elements; a null dataspace has none.
    private static func extent(_ body: ArraySlice<UInt8>) -> (rank: Int, count: Int)? {
        var cursor = ByteCursor(body)
        guard let version = cursor.integer(1), let rank = cursor.integer(1), rank <= 32, cursor.skip(1) else { return nil }
        switch version {
        case 1: guard cursor.skip(5) else { return nil }
        case 2:
            guard let kind = cursor.integer(1), kind <= 2, kind != 0 || rank == 0 else { return nil }
            if kind == 2 { return (0, 0) }
        default: return nil
        }
        var sizes: [Int] = []
        for _ in 0..<rank {
            guard let size = cursor.integer(8) else { return nil }
            sizes.append(size)
        }
        return sizes.checkedProduct.map { (rank, $0) }
    }
}
