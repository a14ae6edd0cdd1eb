package import ByteIO
internal import CHDF5
package import ModelCore
import Synchronization

/// An HDF5 file, open for reading. Objects in it are named by absolute paths such as `/model_weights/conv/kernel:0`.
///
/// The file is untrusted. Nothing in it makes this target open another file, load a plugin or follow a link that is not a hard one.
/// A file stays open as long as a `WeightSource` refers to it. Any thread may use it.
package final class HDF5File: Sendable {
    /// The file, as the caller named it.
    package let path: String
    /// Where in that file it is: the name of an archive's entry, empty for a file of its own.
    private let place: String
    /// How many bytes the file has.
    package var byteCount: Int { bytes.file.byteCount }
    let bytes: HDF5Bytes
    let id: hid_t
    let ranks: SymbolTable.Ranks
    /// The headers that were found sound.
    let soundHeaders = Mutex<Set<HDF5Address>>([])
    /// The datasets that were asked for, and how many bytes they occupy together.
    let claims = Mutex<(addresses: Set<HDF5Address>, total: Int)>(([], 0))

    /// Opens a file.
    ///
    /// - Throws: `file.not-found`, `file.folder`, `file.not-regular`, `file.permission`, `file.open`, `hdf5.version`, `hdf5.damaged`.
    package init(path: String) throws(ModelError) {
        bytes = try HDF5Bytes(.file(RegularFile(path: path)))
        // The driver is set lest the environment choose another, which might read other files.
        (id, ranks) = try Self.open(path, at: Location(file: path)) { access in H5Pset_fapl_sec2(access) }
        self.path = path
        place = ""
    }

    /// Opens a file that is a part of another one, in place: neither this target nor the library copies it, and memory is taken for what is
    /// looked at only. `region` stays alive as long as this object.
    ///
    /// - Parameters:
    ///   - path: the file of which it is a part, for messages.
    ///   - place: the part's name, for messages.
    /// - Throws: `hdf5.version`, `hdf5.damaged`.
    package init(_ region: ByteRegion, path: String, place: String) throws(ModelError) {
        bytes = try HDF5Bytes(.memory(region, path: path))
        // The library wants a name that is no file's and that no other open image has.
        let number = Self.imageCount.withLock { count in
            count += 1
            return count
        }
        (id, ranks) = try Self.open("/dev/null/cnnconvert-\(number)", at: Location(file: path, path: place)) { access in
            cnn_h5_set_image(access, region.bytes.baseAddress, region.bytes.count)
        }
        self.path = path
        self.place = place
    }

    private static let imageCount = Mutex(0)

    /// Opens a file with the driver that `setDriver` chooses.
    private static func open(
        _ name: String, at location: Location, setDriver: (hid_t) -> herr_t
    ) throws(ModelError) -> (hid_t, SymbolTable.Ranks) {
        try Library.locked { () throws(ModelError) in
            let access = try Handle(H5Pcreate(cnn_h5_file_access_class()), orThrow: "cannot be opened", at: location)
            guard setDriver(access.id) >= 0 else { throw Library.damaged("cannot be opened", at: location) }
            let id = H5Fopen(name, cnn_h5_read_only(), access.id)
            guard id >= 0 else { throw Library.damaged("is not a valid HDF5 file", at: location) }
            do throws(ModelError) { return (id, try ranks(of: id, at: location)) } catch {
                _ = H5Fclose(id)
                throw error
            }
        }
    }

    deinit { Library.close(id) }

    private static func ranks(of file: hid_t, at location: Location) throws(ModelError) -> SymbolTable.Ranks {
        let properties = try Handle(H5Fget_create_plist(file), orThrow: "has no creation properties", at: location)
        var node: UInt32 = 0, leaf: UInt32 = 0
        guard H5Pget_sym_k(properties.id, &node, &leaf) >= 0, (1...0xFFFF).contains(node), (1...0xFFFF).contains(leaf) else {
            throw Library.damaged("has no ranks of its trees", at: location)
        }
        return SymbolTable.Ranks(node: Int(node), leaf: Int(leaf))
    }

    /// Whether a file that begins with these bytes is an HDF5 file. A file with a user block of its own before the HDF5 data is not
    /// recognised by fewer than 520 bytes of it.
    package static func recognises(prefix: some Collection<UInt8>) -> Bool {
        var offset = 0
        while offset < prefix.count {
            if prefix.dropFirst(offset).starts(with: Superblock.signature) { return true }
            offset = offset == 0 ? 512 : offset * 2
        }
        return false
    }

    /// The place of an object in this file.
    package func location(_ path: String) -> Location {
        Location(file: self.path, path: place + path)
    }
}

/// Where an object's header is: what makes two paths name the same object.
package struct HDF5Address: Sendable, Hashable {
    let offset: UInt64
}

/// What an object is.
package enum HDF5Kind: Sendable {
    case group, dataset, namedType
}
