internal import CHDF5
package import ModelCore

/// An object that a walk found.
package struct HDF5Entry: Sendable {
    package let path: String
    package let kind: HDF5Kind
}

extension HDF5File {
    /// The names in a group, in the order of their bytes.
    ///
    /// - Throws: `hdf5.missing`, `hdf5.not-group`, `hdf5.name`, the codes of links, `hdf5.too-deep`, `hdf5.damaged`.
    package func names(inGroup path: String) throws(ModelError) -> [String] {
        try Library.locked { () throws(ModelError) in
            let group = try open(path)
            guard try kind(of: group, at: location(path)) == .group else {
                throw ModelError(Problem("hdf5.not-group", "is not a group", at: location(path)))
            }
            return try names(in: group, at: location(path))
        }
    }

    /// Every object that hard links reach from the root, parents before children; each once, whatever the number of links to it.
    /// Other links are left out.
    ///
    /// - Throws: `hdf5.too-deep`, `hdf5.name`, `hdf5.damaged`.
    package func walk() throws(ModelError) -> [HDF5Entry] {
        try Library.locked { () throws(ModelError) in
            var entries: [HDF5Entry] = []
            var visited: Set<HDF5Address> = []
            var pending = ["/"]
            while let path = pending.popLast() {
                let object = try open(path)
                guard visited.insert(try address(of: object, at: location(path))).inserted else { continue }
                let kind = try kind(of: object, at: location(path))
                entries.append(HDF5Entry(path: path, kind: kind))
                guard kind == .group else { continue }
                for name in try names(in: object, at: location(path)).reversed() {
                    var address: haddr_t = 0
                    guard cnn_h5_link(object.id, name, &address) == H5L_TYPE_HARD.rawValue else { continue }
                    pending.append(path == "/" ? "/" + name : path + "/" + name)
                }
            }
            return entries
        }
    }

    private func names(in group: borrowing Handle, at location: Location) throws(ModelError) -> [String] {
        var names: [String?] = []
        let status = withUnsafeMutablePointer(to: &names) { names in
            cnn_h5_visit_names(
                group.id,
                { name, context in
                    guard let name, let context else { return -1 }
                    context.assumingMemoryBound(to: [String?].self).pointee.append(String(validatingCString: name))
                    return 0
                }, names)
        }
        guard status >= 0 else { throw Library.damaged("its links cannot be listed", at: location) }
        let valid = names.compactMap(\.self)
        guard valid.count == names.count, !valid.contains(where: { $0.isEmpty || $0 == "." || $0.utf8.contains(UInt8(ascii: "/")) }) else {
            throw ModelError(Problem("hdf5.name", "holds a name that is no text or no name", at: location))
        }
        return valid.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    }
}
