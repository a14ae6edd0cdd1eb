internal import ByteIO
internal import ModelCore

/// The 64 bytes before the header.
struct Prologue: Hashable {
    static let byteCount = 64
    static let magic: [UInt8] = [0xA7] + Array("CNNM".utf8) + [0x0D, 0x0A, 0x1A]
    static let version: UInt32 = 1

    var headerLength: Int
    var fileLength: Int
    var headerDigest: Digest256

    /// The bytes of the header in its file.
    var headerRange: Range<Int> { Self.byteCount..<Self.byteCount + headerLength }

    var bytes: [UInt8] {
        var bytes = Self.magic
        func append(_ word: some FixedWidthInteger) {
            withUnsafeBytes(of: word.littleEndian) { bytes.append(contentsOf: $0) }
        }
        append(Self.version)
        append(UInt32(0))
        append(UInt64(headerLength))
        append(UInt64(fileLength))
        return bytes + headerDigest.bytes
    }

    init(headerLength: Int, fileLength: Int, headerDigest: Digest256) {
        self.headerLength = headerLength
        self.fileLength = fileLength
        self.headerDigest = headerDigest
    }

    /// The prologue of a whole file, of which every length agrees with the file's.
    ///
    /// - Parameters:
    ///   - start: the file's first 64 bytes, or all that it has.
    ///   - size: that of the file.
    /// - Throws: `cnnm.magic`, `cnnm.version`, `cnnm.reserved`, `cnnm.truncated`, `cnnm.trailing`, `cnnm.header-length`.
    init(ofFile start: UnsafeRawBufferPointer, size: Int) throws(ModelError) {
        guard start.prefix(Self.magic.count).elementsEqual(Self.magic.prefix(start.count)), !start.isEmpty else { throw Self.noMagic(start) }
        guard start.count >= Self.byteCount else {
            throw Self.problem(
                "cnnm.truncated", "the file has \(size) bytes, its first part alone has \(Self.byteCount)", at: size, Self.cutHint)
        }
        var reader = ByteReader(start, format: "cnnm")
        try reader.skip(Self.magic.count)
        let version = try reader.integer(UInt32.self)
        guard version == Self.version else {
            throw Self.problem(
                "cnnm.version", "the file has version \(version) of the format, this program reads version \(Self.version)", at: 8,
                version > Self.version
                    ? "use a newer cnnconvert, or convert the original model again" : "the file is damaged; copy or convert it again")
        }
        let reserved = try reader.integer(UInt32.self)
        guard reserved == 0 else { throw Self.problem("cnnm.reserved", "bytes 12 to 15 are \(reserved), they must be 0", at: 12) }
        let headerLength = try reader.integer(UInt64.self)
        let fileLength = try reader.integer(UInt64.self)
        guard fileLength <= UInt64(size) else {
            throw Self.problem("cnnm.truncated", "the file has \(size) of its \(fileLength) bytes", at: size, Self.cutHint)
        }
        guard fileLength == UInt64(size) else {
            throw Self.problem(
                "cnnm.trailing", "the file has \(size) bytes, it should end after \(fileLength)", at: Int(fileLength),
                "something was appended to the file; copy or convert it again")
        }
        guard (2...UInt64(FormatLimits.header)).contains(headerLength), headerLength <= UInt64(size - Self.byteCount) else {
            throw Self.problem(
                "cnnm.header-length",
                "the header has \(headerLength) bytes; 2 to \(FormatLimits.header) are allowed, the file has \(size - Self.byteCount) after byte 64",
                at: 16)
        }
        guard let digest = Digest256(try reader.slice(32)) else { throw Self.problem("cnnm.truncated", "the digest is cut", at: 32) }
        self.init(headerLength: Int(headerLength), fileLength: Int(fileLength), headerDigest: digest)
    }

    /// Whether a file that begins with `prefix` is meant to be a `.cnnm`, even if some of its first bytes are damaged.
    static func recognises(_ prefix: some Sequence<UInt8>) -> Bool {
        let pairs = zip(prefix, magic)
        let count = pairs.reduce(0) { count, _ in count + 1 }
        return count >= 2 && pairs.reduce(0) { $0 + ($1.0 == $1.1 ? 1 : 0) } >= min(count, 5)
    }

    private static let cutHint = "the file was not copied or downloaded to its end; get it again"

    private static func noMagic(_ file: UnsafeRawBufferPointer) -> ModelError {
        guard recognises(file) else {
            return problem("cnnm.magic", "the file does not begin as a .cnnm file does", at: 0, "convert it first: cnnconvert INPUT NAME.cnnm")
        }
        return problem(
            "cnnm.magic", "the first 8 bytes are those of a damaged .cnnm file", at: 0,
            "copy it in binary mode: line ends or eighth bits were changed on the way")
    }

    private static func problem(_ code: String, _ message: String, at offset: Int, _ hint: String? = damageHint) -> ModelError {
        ModelError(Problem(code, message, at: Location(byteOffset: offset), hint: hint))
    }
}

/// What to do about a file that is not as it was written.
let damageHint = "the file is damaged; copy it again, or convert the original model again"
