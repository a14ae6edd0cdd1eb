package import ModelCore

#if canImport(Darwin)
    internal import Darwin
#elseif canImport(Musl)
    internal import Musl
#else
    internal import Glibc
#endif

/// A file that another file names, and that must lie beside it: an untrusted index does not lead to other folders.
package enum SiblingFile {
    /// The path of the file `name` in the folder of the file at `index`. Whether it is there shows when it is opened.
    ///
    /// - Throws: `file.sibling-name` for a name with path parts, of a folder, with control characters or too long; `file.sibling-link` for a
    ///   symbolic link that leads out of the folder.
    package static func path(of name: String, beside index: String) throws(ModelError) -> String {
        let isName = !name.isEmpty && name != "." && name != ".." && name.utf8.count <= 255
        guard isName, !name.utf8.contains(where: { $0 < 0x20 || $0 == 0x7F || $0 == UInt8(ascii: "/") || $0 == UInt8(ascii: "\\") }) else {
            throw ModelError(
                Problem("file.sibling-name", "\(name.excerpt) is not the name of a file in the folder of this one", at: Location(file: index)))
        }
        let folder = index.utf8.lastIndex(of: UInt8(ascii: "/")).map { String(index[...$0]) } ?? ""
        let path = folder + name
        // A file that is not there has no real path, and leads nowhere.
        guard let target = realPath(path), let home = realPath(folder.isEmpty ? "." : folder) else { return path }
        guard target.utf8.lastIndex(of: UInt8(ascii: "/")).map({ String(target[..<$0]) }) == (home == "/" ? "" : home) else {
            throw ModelError(
                Problem(
                    "file.sibling-link", "is a link that leads out of the folder of '\(index)'", at: Location(file: path),
                    hint: "put the file itself there"))
        }
        return path
    }

    private static func realPath(_ path: String) -> String? {
        guard let resolved = realpath(path, nil) else { return nil }
        defer { free(resolved) }
        return String(cString: resolved)
    }
}
