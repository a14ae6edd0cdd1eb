internal import Foundation

/// Keras files that tests wrote, for `interop/keras_written.py`: real Keras loads them.
package enum WrittenFiles {
    /// Keeps a copy where the environment names a folder for them.
    package static func keep(_ path: String, as name: String) throws {
        guard let folder = ProcessInfo.processInfo.environment["CNNCONVERT_WRITTEN"] else { return }
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        let copy = "\(folder)/\(name)"
        try? FileManager.default.removeItem(atPath: copy)
        try FileManager.default.copyItem(atPath: path, toPath: copy)
    }
}
