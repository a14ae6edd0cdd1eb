import Foundation
import HDF5
import ModelCore
import Testing

/// The files in `fixtures` at the root of the repository.
enum Fixtures {
    static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    static func path(_ name: String) -> String {
        root.appending(path: "fixtures").appending(path: name).path
    }

    static func open(_ name: String) throws -> HDF5File {
        try HDF5File(path: path(name))
    }
}

/// The codes of what `body` throws; none where it does not throw.
func codes(_ body: () throws(ModelError) -> Void) -> [String] {
    do throws(ModelError) {
        try body()
        return []
    } catch { return error.problems.map(\.code) }
}

/// FNV-1a of 64 bits, with which expected arrays are written down.
func checksum(_ bytes: [UInt8]) -> UInt64 {
    bytes.reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
}

/// A copy of `bytes` in a new file, which is removed after `body`.
func withFile<Result>(_ bytes: [UInt8], _ body: (String) throws -> Result) throws -> Result {
    let url = FileManager.default.temporaryDirectory.appending(path: "cnnconvert-\(UUID().uuidString).h5")
    try Data(bytes).write(to: url)
    defer { try? FileManager.default.removeItem(at: url) }
    return try body(url.path)
}

enum FileBytes {
    /// The bytes of a fixture.
    static func of(_ name: String) throws -> [UInt8] {
        try [UInt8](Data(contentsOf: URL(filePath: Fixtures.path(name))))
    }
}
