internal import ByteIO
internal import ModelCore

/// Names of entries. They must be relative paths that mean the same on every system, although nothing here ever creates files from them.
enum ZIPName {
    static let lengthLimit = 4096

    /// The name in these bytes.
    ///
    /// - Throws: `zip.unsafe-name` for a name that is empty, too long, not UTF-8, absolute (`/x`, `C:/x`), has `.`, `..` or empty parts,
    ///   backslashes or control characters; or is not ASCII without the flag that says it is UTF-8.
    static func read(_ bytes: UnsafeRawBufferPointer, isUTF8: Bool, at offset: Int) throws(ModelError) -> String {
        guard isUTF8 || bytes.allSatisfy({ $0 < 0x80 }), let name = String(validating: bytes, as: UTF8.self) else {
            throw ZIPFormat.problem("unsafe-name", "the name of an entry is not UTF-8", at: offset)
        }
        if let fault = fault(of: name) {
            throw ZIPFormat.problem("unsafe-name", "the name \(name.excerpt) of an entry \(fault)", at: offset)
        }
        return name
    }

    /// What is wrong with `name`, to be said after it.
    static func fault(of name: String) -> String? {
        if name.isEmpty { return "is empty" }
        if name.utf8.count > lengthLimit { return "is longer than \(lengthLimit) bytes" }
        if name.utf8.contains(where: { $0 < 0x20 || $0 == 0x7F }) { return "has control characters" }
        if name.utf8.contains(UInt8(ascii: "\\")) { return "has a backslash" }
        if name.utf8.first == UInt8(ascii: "/") { return "is an absolute path" }
        // A layer may be called `c:1`.
        if name.utf8.dropFirst().starts(with: ":/".utf8) { return "begins with a drive letter" }
        let parts = name.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
        // The last part of a folder's name is empty.
        for (position, part) in parts.enumerated() where part.isEmpty && position < parts.count - 1 { return "has an empty part" }
        if parts.contains(where: { $0.elementsEqual(".".utf8) || $0.elementsEqual("..".utf8) }) { return "has '.' or '..' as a part" }
        return nil
    }
}
