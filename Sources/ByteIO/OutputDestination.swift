internal import ModelCore

#if canImport(Darwin)
    internal import Darwin
#elseif canImport(Musl)
    internal import Musl
#else
    internal import Glibc
#endif

/// Where an output goes in the end, found and judged before anything is written.
struct OutputDestination {
    /// The file to create or replace: symbolic links are resolved, so that a link stays and what it points to is replaced.
    let path: String
    /// The permissions of the file that is replaced.
    let permissions: UInt32?

    /// - Throws: as `AtomicOutput.init` for the destination itself.
    init(_ requested: String, inputs: [String]) throws(ModelError) {
        guard !requested.isEmpty, !requested.utf8.contains(0) else {
            throw Self.problem("output.cannot-create", "a file name cannot be empty or contain a NUL character", requested)
        }
        guard requested.utf8.last != UInt8(ascii: "/") else {
            throw Self.problem("output.folder", "the output is a folder, a file name was expected", requested)
        }
        let existing: FileStatus?
        (path, existing) = try Self.resolve(requested)
        permissions = existing?.permissions
        if let existing { try Self.judge(existing, requested, path, inputs) }
    }

    /// The name of the temporary file: hidden, beside the destination, recognisable, and within 255 bytes.
    func temporaryPath() -> String {
        let separator = path.utf8.lastIndex(of: UInt8(ascii: "/"))
        let folder = separator.map { path[...$0] } ?? ""
        let name = separator.map { path[path.utf8.index(after: $0)...] } ?? path[...]
        let suffix = ".\(getpid())-\(String(UInt64.random(in: 0 ... .max), radix: 36)).tmp"
        var kept = ""
        for character in name.unicodeScalars {
            guard kept.utf8.count + String(character).utf8.count + suffix.utf8.count + 1 <= 255 else { break }
            kept.unicodeScalars.append(character)
        }
        return "\(folder).\(kept)\(suffix)"
    }

    /// The folder that holds the destination.
    var folder: String {
        guard let separator = path.utf8.lastIndex(of: UInt8(ascii: "/")) else { return "." }
        return separator == path.startIndex ? "/" : String(path[..<separator])
    }

    private static func resolve(_ requested: String) throws(ModelError) -> (path: String, existing: FileStatus?) {
        do throws(SystemError) {
            let status = try FileStatus.of(path: requested, followsLinks: false)
            guard status.kind == .link else { return (requested, status) }
        } catch {
            if error.number == ENOENT { return (requested, nil) }
            throw problem(error, requested)
        }
        guard let resolved = realpath(requested, nil) else {
            let error = SystemError.last
            guard error.number == ENOENT else { throw problem(error, requested) }
            throw problem(
                "output.dangling-link", "the output is a symbolic link to a file that is not there", requested, hint: "remove the link")
        }
        defer { free(resolved) }
        let path = String(cString: resolved)
        do throws(SystemError) {
            return (path, try FileStatus.of(path: path))
        } catch {
            throw problem(error, requested)
        }
    }

    private static func judge(_ existing: FileStatus, _ requested: String, _ path: String, _ inputs: [String]) throws(ModelError) {
        switch existing.kind {
        case .regular: break
        case .folder: throw problem("output.folder", "the output is a folder, a file name was expected", requested)
        case .link, .other:
            throw problem("output.not-regular", "the output is a FIFO, a device or a socket, a regular file was expected", requested)
        }
        for input in inputs where (try? FileStatus.of(path: input))?.identity == existing.identity {
            throw problem(
                "output.is-input", "the output is the same file as the input \(input.excerpt)", requested, hint: "choose another name")
        }
        // Replacing a file needs no permission on the file itself; one that is marked read-only is left alone all the same.
        guard access(path, W_OK) == 0 else { throw problem(.last, requested) }
    }

    /// The problem of an output that the system does not let be created.
    static func problem(_ error: SystemError, _ requested: String) -> ModelError {
        switch error.number {
        case ENOENT, ENOTDIR: problem("output.no-folder", "the folder of the output does not exist", requested, hint: "create it first")
        case EACCES, EPERM, EROFS: problem("output.permission", "the output may not be written here: \(error)", requested)
        case ENAMETOOLONG: problem("output.name-length", "the name of the output is too long, the limit is 255 bytes", requested)
        default: problem("output.cannot-create", "the output cannot be created: \(error)", requested)
        }
    }

    private static func problem(_ code: String, _ message: String, _ requested: String, hint: String? = nil) -> ModelError {
        ModelError(Problem(code, message, kind: .cannotCreate, at: Location(file: requested), hint: hint))
    }
}
