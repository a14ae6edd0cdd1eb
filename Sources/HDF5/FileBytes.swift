internal import ByteIO
internal import ModelCore

/// The bytes of an HDF5 file, apart from the library: a file of its own, or a part of another one.
enum FileBytes: Sendable {
    case file(RegularFile)
    case memory(ByteRegion, path: String)

    /// The file, as the caller named it.
    var path: String {
        switch self {
        case .file(let file): file.path
        case .memory(_, let path): path
        }
    }

    var byteCount: Int {
        switch self {
        case .file(let file): file.byteCount
        case .memory(let region, _): region.bytes.count
        }
    }

    /// Gives back the memory that reading took.
    func release() {
        if case .memory(let region, _) = self { region.release() }
    }

    /// The `count` bytes from `offset` on; `nil` where there are fewer.
    func bytes(at offset: Int, count: Int) -> [UInt8]? {
        switch self {
        case .file(let file): return file.bytes(at: offset, count: count)
        case .memory(let region, _):
            guard offset >= 0, count >= 0, let end = offset.adding(count), end <= region.bytes.count else { return nil }
            return region.withBytes { Array($0[offset..<end]) }
        }
    }
}
