internal import CHDF5
package import ModelCore
import Synchronization

extension HDF5File {
    /// How many groups may lie within one another.
    static let greatestDepth = 64

    /// What the object at `path` is; `nil` where there is none.
    ///
    /// - Throws: `hdf5.soft-link`, `hdf5.external-link`, `hdf5.user-link`, `hdf5.too-deep`, `hdf5.damaged`.
    package func kind(of path: String) throws(ModelError) -> HDF5Kind? {
        try Library.locked { () throws(ModelError) in
            guard try contains(path) else { return nil }
            let object = try open(path)
            return try kind(of: object, at: location(path))
        }
    }

    func kind(of object: borrowing Handle, at location: Location) throws(ModelError) -> HDF5Kind {
        switch H5Iget_type(object.id) {
        case H5I_GROUP: .group
        case H5I_DATASET: .dataset
        case H5I_DATATYPE: .namedType
        default: throw Library.damaged("is of no known kind", at: location)
        }
    }

    func address(of object: borrowing Handle, at location: Location) throws(ModelError) -> HDF5Address {
        var address: haddr_t = 0
        guard cnn_h5_object_address(object.id, &address) >= 0 else { throw Library.damaged("has no header", at: location) }
        return HDF5Address(offset: UInt64(address))
    }

    /// Whether hard links lead to `path`.
    func contains(_ path: String) throws(ModelError) -> Bool {
        do throws(ModelError) {
            _ = try open(path)
            return true
        } catch {
            if error.problems.allSatisfy({ $0.code == "hdf5.missing" }) { return false }
            throw error
        }
    }

    /// The object at `path`, reached over hard links only.
    ///
    /// - Throws: `hdf5.missing`, `hdf5.soft-link`, `hdf5.external-link`, `hdf5.user-link`, `hdf5.too-deep`, `hdf5.damaged`.
    func open(_ path: String) throws(ModelError) -> Handle {
        // Not by characters: a slash with a combining mark is another character, and a slash all the same to the library.
        let names = path.unicodeScalars.split(separator: "/").map { String($0) }
        let location = location(path)
        guard names.count <= Self.greatestDepth else {
            throw ModelError(Problem("hdf5.too-deep", "lies in more than \(Self.greatestDepth) groups", at: location))
        }
        var object = try Handle(H5Oopen(id, "/", Library.defaultID), orThrow: "the root group cannot be opened", at: location)
        try checkHeader(at: try address(of: object, at: location), location)
        for name in names {
            try checkHeader(at: try link(name, in: object, to: location), location)
            object = try Handle(H5Oopen(object.id, name, Library.defaultID), orThrow: "cannot be opened", at: location)
        }
        return object
    }

    /// Looks at an object's header before the library does, and at the links if it is a group; at each header once.
    private func checkHeader(at address: HDF5Address, _ location: Location) throws(ModelError) {
        guard !soundHeaders.withLock({ $0.contains(address) }) else { return }
        guard let header = ObjectHeader(at: address, in: bytes), SymbolTable.isSound(header, in: bytes, ranks: ranks) else {
            throw ModelError(Problem("hdf5.damaged", "has a damaged header, or is in a group that has", at: location))
        }
        _ = soundHeaders.withLock { $0.insert(address) }
    }

    /// Where the hard link of a name leads. The library takes "." for the group itself, and a name for what comes before its first NUL;
    /// neither names a link.
    private func link(_ name: String, in group: borrowing Handle, to location: Location) throws(ModelError) -> HDF5Address {
        guard H5Iget_type(group.id) == H5I_GROUP, name != ".", !name.utf8.contains(0) else {
            throw ModelError(Problem("hdf5.missing", "is not in the file", at: location))
        }
        let exists = H5Lexists(group.id, name, Library.defaultID)
        guard exists >= 0 else { throw Library.damaged("cannot be looked up", at: location) }
        guard exists > 0 else { throw ModelError(Problem("hdf5.missing", "is not in the file", at: location)) }
        var address: haddr_t = 0
        switch cnn_h5_link(group.id, name, &address) {
        case H5L_TYPE_HARD.rawValue: return HDF5Address(offset: UInt64(address))
        case H5L_TYPE_SOFT.rawValue:
            throw ModelError(Problem("hdf5.soft-link", "'\(name)' is a soft link, which is not followed", at: location))
        case H5L_TYPE_EXTERNAL.rawValue:
            throw ModelError(Problem("hdf5.external-link", "'\(name)' is a link to another file, which is not followed", at: location))
        case ..<0: throw Library.damaged("cannot be looked up", at: location)
        default: throw ModelError(Problem("hdf5.user-link", "'\(name)' is a link of an unknown kind", at: location))
        }
    }
}
