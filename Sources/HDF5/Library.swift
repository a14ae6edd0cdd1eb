import CHDF5
import ModelCore
import Synchronization

/// The HDF5 library: one per process, used by one caller at a time, since it is not always built to be shared between threads.
///
/// The mutex is not recursive: it is locked by the `package` functions of this target and by nothing underneath them.
enum Library {
    private static let isPrepared = Mutex(false)

    /// Runs `body` while no other thread is inside the library.
    static func locked<Result: Sendable>(_ body: () throws(ModelError) -> Result) throws(ModelError) -> Result {
        try isPrepared.withLock { isPrepared throws(ModelError) in
            if !isPrepared {
                try prepare()
                isPrepared = true
            }
            keepQuiet()
            return try body()
        }
    }

    /// Closes `id`, of any kind, outside of a `locked` body.
    static func close(_ id: hid_t) {
        isPrepared.withLock { _ in
            keepQuiet()
            _ = H5Idec_ref(id)
        }
    }

    /// Errors are not printed. The setting belongs to a thread where the library is built thread-safe.
    private static func keepQuiet() {
        _ = H5Eset_auto2(defaultID, nil, nil)
    }

    /// No plugin is ever loaded, and no link to another file can be followed.
    private static func prepare() throws(ModelError) {
        guard H5open() >= 0, H5PLset_loading_state(0) >= 0, H5Lunregister(H5L_TYPE_EXTERNAL) >= 0 else {
            throw ModelError(Problem("hdf5.library", "the HDF5 library does not start", kind: .fault, causes: Library.errorStack()))
        }
    }

    /// `H5P_DEFAULT`, `H5S_ALL` and `H5E_DEFAULT`.
    static var defaultID: hid_t { cnn_h5_default() }
}

/// An open object of the library, closed when it goes out of scope. It lives inside one `locked` body.
struct Handle: ~Copyable {
    let id: hid_t

    /// Takes over `id`, which a function of the library has just returned.
    ///
    /// - Throws: `hdf5.damaged` with `message` and what the library says, if `id` is negative.
    init(_ id: hid_t, orThrow message: @autoclosure () -> String, at location: Location) throws(ModelError) {
        guard id >= 0 else { throw Library.damaged(message(), at: location) }
        self.id = id
    }

    deinit { _ = H5Idec_ref(id) }
}
