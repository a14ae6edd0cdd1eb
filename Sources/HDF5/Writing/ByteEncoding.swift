extension [UInt8] {
    /// Appends the bytes of an integer, least significant first.
    mutating func append<Integer: FixedWidthInteger>(littleEndian integer: Integer) {
        for index in 0..<Integer.bitWidth / 8 { append(UInt8(truncatingIfNeeded: integer >> (8 * Integer(index)))) }
    }

    /// Appends an address or a length, which have eight bytes.
    mutating func append(offset: Int) { append(littleEndian: Int64(offset)) }

    /// Appends the address of something that is not there.
    mutating func appendNoAddress() { append(littleEndian: UInt64.max) }

    mutating func append(zeros count: Int) { append(contentsOf: repeatElement(0, count: count)) }

    /// Appends zeros up to a multiple of eight bytes.
    mutating func pad() { append(zeros: (8 - count % 8) % 8) }
}
