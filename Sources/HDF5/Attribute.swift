package import ModelCore

/// Attributes that are strings, read without the library.
///
/// libhdf5 1.10 believes the global heap, in which variable-length strings are kept: one changed byte makes it read and write outside of
/// its memory, or never end. In 3,000 damaged copies of Keras files that was nine crashes of ten. Strings are all that a model's file has
/// for attributes, so this target reads them itself.
extension HDF5File {
    /// The most bytes that the strings of one attribute may have, and the collections of the heap that they are in.
    private static let greatestAttributeByteCount = 64 << 20

    /// Whether an object has an attribute.
    ///
    /// - Throws: `hdf5.missing`, `hdf5.attribute-storage`, the codes of links, `hdf5.too-deep`, `hdf5.damaged`.
    package func hasAttribute(_ name: String, of path: String) throws(ModelError) -> Bool {
        try attribute(name, of: path) != nil
    }

    /// The strings of an attribute in order; `nil` where the object has no such attribute. A scalar is one string. An attribute without
    /// elements has none, whatever its type, since h5py writes an empty list as one of numbers.
    ///
    /// - Throws: those of `bytes(ofAttribute:of:)`, `hdf5.text-encoding` for strings that are not UTF-8.
    package func strings(ofAttribute name: String, of path: String) throws(ModelError) -> [String]? {
        guard let all = try bytes(ofAttribute: name, of: path) else { return nil }
        let strings = all.compactMap { String(validating: $0, as: UTF8.self) }
        guard strings.count == all.count else {
            throw ModelError(Problem("hdf5.text-encoding", "attribute '\(name)' is not UTF-8", at: location(path)))
        }
        return strings
    }

    /// The bytes of each string of an attribute, without padding and up to the first NUL where strings end with one.
    ///
    /// - Throws: `hdf5.missing`, `hdf5.attribute-type` for anything but fixed or variable-length strings, a scalar or a list of them,
    ///   `hdf5.too-large`, `hdf5.attribute-storage`, the codes of links, `hdf5.too-deep`, `hdf5.damaged`.
    package func bytes(ofAttribute name: String, of path: String) throws(ModelError) -> [[UInt8]]? {
        guard let attribute = try attribute(name, of: path) else { return nil }
        guard attribute.count > 0 else { return [] }
        guard attribute.type != .other, attribute.rank <= 1 else {
            throw ModelError(Problem("hdf5.attribute-type", "attribute '\(name)' is no list of strings", at: location(path)))
        }
        let isVariable = attribute.type == .variableString
        guard let strings = isVariable ? try variableStrings(of: attribute, name, at: location(path)) : attribute.fixedStrings else {
            throw damagedAttribute(name, at: location(path))
        }
        return strings
    }

    private func attribute(_ name: String, of path: String) throws(ModelError) -> AttributeMessage? {
        let address = try Library.locked { () throws(ModelError) in
            let object = try open(path)
            return try self.address(of: object, at: location(path))
        }
        guard let header = ObjectHeader(at: address, in: bytes) else {
            throw ModelError(Problem("hdf5.damaged", "its header cannot be read", at: location(path)))
        }
        guard !header.keepsAttributesElsewhere else {
            throw ModelError(
                Problem(
                    "hdf5.attribute-storage", "keeps its attributes in a heap or shares them, which is not known", at: location(path),
                    hint: "write the file without libver='latest'"))
        }
        for message in header.messages where message.type == ObjectHeader.MessageType.attribute {
            guard let attribute = AttributeMessage(message.body) else { throw damagedAttribute(nil, at: location(path)) }
            if attribute.name.elementsEqual(name.utf8) { return attribute }
        }
        return nil
    }

    /// The strings that the elements refer to: each is a length, the address of a collection and the index of an object in it.
    private func variableStrings(of attribute: AttributeMessage, _ name: String, at location: Location) throws(ModelError) -> [[UInt8]]? {
        var heap = GlobalHeap(bytes, greatestByteCount: Self.greatestAttributeByteCount)
        var cursor = ByteCursor(attribute.elements)
        var strings: [[UInt8]] = []
        var remaining = Self.greatestAttributeByteCount
        for _ in 0..<attribute.count {
            guard let count = cursor.integer(4), let address = cursor.integer(8), let index = cursor.integer(4) else { return nil }
            remaining -= count
            guard remaining >= 0 else {
                throw ModelError(Problem("hdf5.too-large", "attribute '\(name)' is too large", at: location))
            }
            guard count > 0 else {
                strings.append([])
                continue
            }
            guard let object = heap.object(index, ofCollectionAt: address), object.count >= count else { return nil }
            strings.append([UInt8](object.prefix(count).prefix { $0 != 0 }))
        }
        return strings
    }

    private func damagedAttribute(_ name: String?, at location: Location) -> ModelError {
        ModelError(Problem("hdf5.damaged", name.map { "attribute '\($0)' cannot be read" } ?? "has a damaged attribute", at: location))
    }
}

extension ObjectHeader {
    fileprivate var keepsAttributesElsewhere: Bool {
        messages.contains { message in
            switch message.type {
            case MessageType.attribute: return message.isShared
            case MessageType.attributeInfo:
                // Version, flags, the highest creation index if flag 0 is set, the address of the heap, all ones for none.
                guard let flags = message.body.dropFirst().first else { return true }
                let heap = message.body.dropFirst(flags & 1 != 0 ? 4 : 2).prefix(8)
                return heap.count < 8 || heap.contains { $0 != 0xFF }
            default: return false
            }
        }
    }
}

extension AttributeMessage {
    /// The strings of an attribute of fixed strings; `nil` for other types and where elements are missing.
    fileprivate var fixedStrings: [[UInt8]]? {
        guard case .fixedString(let width, let padding) = type, width > 0, let size = count.multiplied(by: width), size <= elements.count
        else {
            return nil
        }
        return (0..<count).map { index in
            let string = elements.dropFirst(index * width).prefix(width)
            return switch padding {
            case 0: [UInt8](string.prefix { $0 != 0 })
            case 2: [UInt8](string.reversed().drop { $0 == 0x20 }.reversed())
            default: [UInt8](string.reversed().drop { $0 == 0 }.reversed())
            }
        }
    }
}
