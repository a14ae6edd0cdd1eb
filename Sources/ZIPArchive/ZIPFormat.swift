internal import ModelCore

/// Numbers of the format, from PKWARE's APPNOTE 6.3.10.
enum ZIPFormat {
    static let localSignature: UInt32 = 0x0403_4B50
    static let centralSignature: UInt32 = 0x0201_4B50
    static let endSignature: UInt32 = 0x0605_4B50
    static let zip64EndSignature: UInt32 = 0x0606_4B50
    static let zip64LocatorSignature: UInt32 = 0x0706_4B50
    static let descriptorSignature: UInt32 = 0x0807_4B50

    static let localSize = 30
    static let centralSize = 46
    static let endSize = 22
    static let zip64EndSize = 56
    static let zip64LocatorSize = 20

    /// What a 16- or 32-bit field holds where the value is in a zip64 record.
    static let saturated16 = 0xFFFF
    static let saturated32 = 0xFFFF_FFFF

    static let zip64Field: UInt16 = 0x0001
    static let unicodePathField: UInt16 = 0x7075
    static let alignmentField: UInt16 = 0xD935

    /// General purpose flags, section 4.4.4.
    enum Flag {
        static let encrypted: UInt16 = 1 << 0
        static let deflateLevel: UInt16 = 1 << 1 | 1 << 2
        static let streaming: UInt16 = 1 << 3
        static let strongEncryption: UInt16 = 1 << 6
        static let utf8: UInt16 = 1 << 11
        static let maskedRecords: UInt16 = 1 << 13

        static let anyEncryption = encrypted | strongEncryption | maskedRecords
        static let accepted = deflateLevel | streaming | utf8
    }

    /// A problem of an archive, `entry` by name.
    static func problem(
        _ code: String, _ message: String, entry: String? = nil, at offset: Int? = nil, kind: Problem.Kind = .input, hint: String? = nil
    ) -> ModelError {
        ModelError(Problem("zip.\(code)", message, kind: kind, at: Location(path: entry, byteOffset: offset), hint: hint))
    }
}
