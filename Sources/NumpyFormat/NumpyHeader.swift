internal import ByteIO
internal import ModelCore

/// What stands before the elements of a `.npy` file: NumPy's format 1.0, 2.0 or 3.0 (`numpy.lib.format`).
struct NumpyHeader {
    let shape: [Int]
    let type: NumpyType
    /// Whether the first axis varies fastest.
    let isFortranOrder: Bool

    private static let magic: [UInt8] = [0x93] + Array("NUMPY".utf8)
    /// More than any header of plain numbers needs (NumPy itself refuses more than 10,000 bytes).
    private static let lengthLimit = 10_000

    init(shape: [Int], type: NumpyType) {
        self.shape = shape
        self.type = type
        isFortranOrder = false
    }

    /// Reads a header and leaves the cursor at the first element.
    ///
    /// - Throws: `npy.magic`, `npy.version`, `npy.truncated`, `npy.header-length`, `npy.header-key`, `npy.object`, `npy.type`, `npy.shape`,
    ///   and what the literal throws.
    init(_ reader: inout ByteReader) throws(ModelError) {
        guard reader.remaining >= Self.magic.count, try reader.slice(Self.magic.count).elementsEqual(Self.magic) else {
            throw npyProblem("magic", "this is not a .npy file: it does not begin with \\x93NUMPY", at: 0)
        }
        let major = try reader.integer(UInt8.self)
        let minor = try reader.integer(UInt8.self)
        guard (1...3).contains(major), minor == 0 else {
            throw npyProblem("version", "format version \(major).\(minor), supported are 1.0, 2.0 and 3.0", at: 6)
        }
        let length = major == 1 ? Int(try reader.integer(UInt16.self)) : Int(try reader.integer(UInt32.self))
        guard length <= Self.lengthLimit else {
            throw npyProblem("header-length", "a header of \(length) bytes, the limit is \(Self.lengthLimit)", at: 8)
        }
        let start = reader.position
        let members = try HeaderLiteral(try reader.slice(length), at: start).members
        guard case .string(let description)? = members["descr"], case .bool(let isFortranOrder)? = members["fortran_order"],
            case .integers(let shape)? = members["shape"], members.count == 3
        else {
            if case .integers? = members["descr"] { throw Self.unsupported("a tuple", at: start) }
            throw npyProblem(
                "header-key", "the header must have exactly 'descr' (a string), 'fortran_order' (a truth value) and 'shape' (a tuple)",
                at: start)
        }
        self.shape = shape
        self.isFortranOrder = isFortranOrder
        guard !description.hasPrefix("|O"), description != "O" else {
            throw npyProblem(
                "object", "the elements are Python objects, which are never loaded", at: start,
                hint: "convert them in Python: array.astype('float32')")
        }
        guard let type = NumpyType(description: description) else { throw Self.unsupported(description, at: start) }
        self.type = type
        // Without the sizes that are 0, so that no part of the product can be too large.
        guard shape.map({ Swift.max($0, 1) }).checkedProduct?.multiplied(by: type.kind.byteCount) != nil else {
            throw npyProblem("shape", "an array of shape \(shape) has more than 2^63 bytes", at: start)
        }
    }

    /// How many bytes the elements occupy.
    var byteCount: Int {
        shape.contains(0) ? 0 : shape.reduce(type.kind.byteCount, *)
    }

    /// The bytes of the header, the same as NumPy 2 writes.
    var bytes: [UInt8] {
        let sizes = shape.map(String.init).joined(separator: ", ")
        var text = "{'descr': '\(type.numpyDescription)', 'fortran_order': \(isFortranOrder ? "True" : "False"), "
        text += "'shape': (\(sizes)\(shape.count == 1 ? "," : "")), }"
        // NumPy leaves room for the size of the first axis to grow to 21 digits.
        if let first = shape.first { text += String(repeating: " ", count: Swift.max(0, 21 - String(first).utf8.count)) }
        let isLong = text.utf8.count + 1 + 10 + 64 > Int(UInt16.max)
        let prefix = Self.magic.count + 2 + (isLong ? 4 : 2)
        let length = text.utf8.count + 1 + (64 - (prefix + text.utf8.count + 1) % 64)
        text += String(repeating: " ", count: length - text.utf8.count - 1) + "\n"
        var bytes = Self.magic + [isLong ? 2 : 1, 0]
        for shift in stride(from: 0, to: isLong ? 32 : 16, by: 8) { bytes.append(UInt8(truncatingIfNeeded: length >> shift)) }
        return bytes + Array(text.utf8)
    }

    private static func unsupported(_ description: String, at offset: Int) -> ModelError {
        npyProblem(
            "type", "the elements are of type \(description.excerpt), supported are floats, integers and truth values of 1 to 8 bytes",
            at: offset, hint: "convert them in Python: array.astype('float32')")
    }
}
