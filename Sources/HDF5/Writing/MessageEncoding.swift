internal import ModelCore

/// What an attribute that is written holds.
package enum HDF5AttributeValue: Sendable, Hashable {
    /// One string of variable length.
    case text(String)
    /// A list of strings of variable length; an empty list is one of Float64, as h5py writes it.
    case texts([String])
}

/// The messages of object headers that are written: version 1 of each, which every release of the library reads.
/// Source of the format: HDF5 File Format Specification 3.0, IV.A.
enum MessageEncoding {
    /// The most bytes that a message may have, a multiple of eight.
    static let greatestByteCount = 0xFFF8

    /// A header of version 1: `messages` are types and bodies.
    static func header(_ messages: [(type: Int, body: [UInt8])]) -> [UInt8] {
        var block: [UInt8] = []
        for message in messages {
            let size = (message.body.count + 7) / 8 * 8
            block.append(littleEndian: UInt16(truncatingIfNeeded: message.type))
            block.append(littleEndian: UInt16(truncatingIfNeeded: size))
            block.append(zeros: 4)
            block += message.body
            block.pad()
        }
        // Version, number of messages, references to the object, bytes of messages.
        var header: [UInt8] = [1, 0]
        header.append(littleEndian: UInt16(truncatingIfNeeded: messages.count))
        header.append(littleEndian: UInt32(1))
        header.append(littleEndian: UInt32(truncatingIfNeeded: block.count))
        header.append(zeros: 4)
        return header + block
    }

    static func dataspace(_ shape: [Int]) -> [UInt8] {
        var body: [UInt8] = [1, UInt8(truncatingIfNeeded: shape.count), 0, 0, 0, 0, 0, 0]
        for size in shape { body.append(offset: size) }
        return body
    }

    /// Little-endian numbers.
    static func datatype(_ dtype: DType) -> [UInt8] {
        switch dtype {
        case .float16: float(bytes: 2, exponentBits: 5, fractionBits: 10, bias: 15)
        case .bfloat16: float(bytes: 2, exponentBits: 8, fractionBits: 7, bias: 127)
        case .float32: float(bytes: 4, exponentBits: 8, fractionBits: 23, bias: 127)
        case .float64: float(bytes: 8, exponentBits: 11, fractionBits: 52, bias: 1023)
        case .uint8: integer(bytes: 1, isSigned: false)
        case .int8: integer(bytes: 1, isSigned: true)
        case .int32: integer(bytes: 4, isSigned: true)
        case .int64: integer(bytes: 8, isSigned: true)
        }
    }

    private static func float(bytes: Int, exponentBits: UInt8, fractionBits: UInt8, bias: UInt32) -> [UInt8] {
        // Class 1; the leading bit of the fraction is implied; the sign is the highest bit.
        var body: [UInt8] = [0x11, 0x20, UInt8(bytes * 8 - 1), 0]
        body.append(littleEndian: UInt32(bytes))
        body.append(littleEndian: UInt16(0))
        body.append(littleEndian: UInt16(bytes * 8))
        body += [fractionBits, exponentBits, 0, fractionBits]
        body.append(littleEndian: bias)
        return body
    }

    private static func integer(bytes: Int, isSigned: Bool) -> [UInt8] {
        var body: [UInt8] = [0x10, isSigned ? 0x08 : 0, 0, 0]
        body.append(littleEndian: UInt32(bytes))
        body.append(littleEndian: UInt16(0))
        body.append(littleEndian: UInt16(bytes * 8))
        return body
    }

    /// Strings of variable length, a sequence of characters that the library ends with a NUL.
    private static func text(isASCII: Bool) -> [UInt8] {
        var body: [UInt8] = [0x19, 0x01, isASCII ? 0 : 1, 0]
        body.append(littleEndian: UInt32(16))
        return body + integer(bytes: 1, isSigned: false)
    }

    /// No fill value but the library's own; space is allocated when elements are written.
    static let fillValue: [UInt8] = [2, 2, 2, 1, 0, 0, 0, 0]

    /// All elements in one block at `address`, which is `nil` where there are none.
    static func contiguousLayout(at address: Int?, byteCount: Int) -> [UInt8] {
        var body: [UInt8] = [3, 1]
        if let address { body.append(offset: address) } else { body.appendNoAddress() }
        body.append(offset: byteCount)
        return body
    }

    /// An attribute; `references` are its strings in the global heap.
    static func attribute(_ name: String, _ value: HDF5AttributeValue, references: [GlobalHeapWriter.Reference]) -> [UInt8] {
        let type: [UInt8]
        let space: [UInt8]
        switch value {
        case .text(let string):
            type = text(isASCII: string.utf8.allSatisfy { $0 < 0x80 })
            space = dataspace([])
        case .texts(let strings):
            type = strings.isEmpty ? datatype(.float64) : text(isASCII: strings.allSatisfy { $0.utf8.allSatisfy { $0 < 0x80 } })
            space = dataspace([strings.count])
        }
        var body: [UInt8] = [1, 0]
        body.append(littleEndian: UInt16(truncatingIfNeeded: name.utf8.count + 1))
        body.append(littleEndian: UInt16(truncatingIfNeeded: type.count))
        body.append(littleEndian: UInt16(truncatingIfNeeded: space.count))
        for part in [Array(name.utf8) + [0], type, space] {
            body += part
            body.pad()
        }
        for reference in references {
            body.append(littleEndian: UInt32(truncatingIfNeeded: reference.byteCount))
            body.append(offset: reference.collection)
            body.append(littleEndian: UInt32(truncatingIfNeeded: reference.index))
        }
        return body
    }
}
