internal import CHDF5
package import ModelCore

extension HDF5File {
    /// The most bytes that the strings of one attribute may have.
    private static let greatestAttributeByteCount = 64 << 20

    /// Whether an object has an attribute.
    ///
    /// - Throws: `hdf5.missing`, the codes of links, `hdf5.depth`, `hdf5.damaged`.
    package func hasAttribute(_ name: String, of path: String) throws(ModelError) -> Bool {
        try Library.locked { () throws(ModelError) in
            let object = try open(path)
            return try hasAttribute(name, object, at: location(path))
        }
    }

    private func hasAttribute(_ name: String, _ object: borrowing Handle, at location: Location) throws(ModelError) -> Bool {
        let exists = H5Aexists(object.id, name)
        guard exists >= 0 else { throw Library.damaged("its attributes cannot be read", at: location) }
        return exists > 0
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

    /// The bytes of each string of an attribute, without padding.
    ///
    /// - Throws: `hdf5.missing`, `hdf5.attribute-type` for anything but fixed or variable-length strings, a scalar or a list of them,
    ///   `hdf5.attribute-size`, the codes of links, `hdf5.depth`, `hdf5.damaged`.
    package func bytes(ofAttribute name: String, of path: String) throws(ModelError) -> [[UInt8]]? {
        try Library.locked { () throws(ModelError) in
            let location = location(path)
            let object = try open(path)
            guard try hasAttribute(name, object, at: location) else { return nil }
            let unreadable = "attribute '\(name)' cannot be read"
            let attribute = try Handle(H5Aopen(object.id, name, Library.defaultID), orThrow: unreadable, at: location)
            let space = try Handle(H5Aget_space(attribute.id), orThrow: unreadable, at: location)
            guard let count = Int(exactly: H5Sget_simple_extent_npoints(space.id)), count >= 0 else {
                throw Library.damaged(unreadable, at: location)
            }
            guard count > 0, H5Sget_simple_extent_type(space.id) != H5S_NULL else { return [] }
            let type = try Handle(H5Aget_type(attribute.id), orThrow: unreadable, at: location)
            guard H5Tget_class(type.id) == H5T_STRING, H5Sget_simple_extent_ndims(space.id) <= 1 else {
                throw ModelError(Problem("hdf5.attribute-type", "attribute '\(name)' is no list of strings", at: location))
            }
            guard let size = count.multiplied(by: Int(clamping: H5Tget_size(type.id))), size <= Self.greatestAttributeByteCount,
                H5Aget_storage_size(attribute.id) <= hsize_t(Self.greatestAttributeByteCount)
            else {
                throw ModelError(Problem("hdf5.attribute-size", "attribute '\(name)' is too large", at: location))
            }
            return H5Tis_variable_str(type.id) > 0
                ? try variableStrings(attribute, type: type, count: count, unreadable, at: location)
                : try fixedStrings(attribute, type: type, count: count, size: size, unreadable, at: location)
        }
    }

    private func fixedStrings(
        _ attribute: borrowing Handle, type: borrowing Handle, count: Int, size: Int, _ unreadable: String, at location: Location
    ) throws(ModelError) -> [[UInt8]] {
        var bytes = [UInt8](repeating: 0, count: size)
        guard H5Aget_storage_size(attribute.id) == hsize_t(size), H5Aread(attribute.id, type.id, &bytes) >= 0 else {
            throw Library.damaged(unreadable, at: location)
        }
        let width = size / count
        let padding = H5Tget_strpad(type.id)
        return (0..<count).map { index in
            let string = bytes[index * width..<(index + 1) * width]
            return switch padding {
            case H5T_STR_NULLTERM: [UInt8](string.prefix { $0 != 0 })
            case H5T_STR_SPACEPAD: [UInt8](string.reversed().drop { $0 == 0x20 }.reversed())
            default: [UInt8](string.reversed().drop { $0 == 0 }.reversed())
            }
        }
    }

    private func variableStrings(
        _ attribute: borrowing Handle, type: borrowing Handle, count: Int, _ unreadable: String, at location: Location
    ) throws(ModelError) -> [[UInt8]] {
        var pointers = [UnsafeMutablePointer<CChar>?](repeating: nil, count: count)
        defer { for pointer in pointers where pointer != nil { _ = H5free_memory(pointer) } }
        guard H5Aread(attribute.id, type.id, &pointers) >= 0 else { throw Library.damaged(unreadable, at: location) }
        return pointers.map { pointer in
            pointer.map { [UInt8](UnsafeRawBufferPointer(start: $0, count: String(cString: $0).utf8.count)) } ?? []
        }
    }
}
