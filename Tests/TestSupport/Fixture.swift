internal import Foundation

/// Files in the folder `fixtures` of the repository.
package enum Fixture {
    /// Where the file is: `numpy/vector.npy`.
    package static func path(_ name: String) -> String {
        let tests = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        return tests.deletingLastPathComponent().appendingPathComponent("fixtures/\(name)").path
    }

    package static func bytes(_ name: String) throws -> [UInt8] {
        Array(try Data(contentsOf: URL(fileURLWithPath: path(name))))
    }
}
