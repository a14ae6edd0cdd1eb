import Foundation
import ModelCore

/// The files in `fixtures` at the root of the repository.
enum Fixtures {
    static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    static func path(_ name: String) -> String {
        root.appending(path: "fixtures").appending(path: name).path
    }

    /// The folders of `fixtures/keras` that have a model in HDF5.
    static let models = names(in: "keras").filter { FileManager.default.fileExists(atPath: path("keras/\($0)/model.h5")) }

    static let hostile = names(in: "hostile/keras").filter { $0.hasSuffix(".h5") }

    private static func names(in folder: String) -> [String] {
        ((try? FileManager.default.contentsOfDirectory(atPath: path(folder))) ?? []).sorted()
    }
}

/// The codes of what `body` throws; none where it does not throw.
func codes(_ body: () throws(ModelError) -> Void) -> [String] {
    do throws(ModelError) {
        try body()
        return []
    } catch { return error.problems.map(\.code) }
}
