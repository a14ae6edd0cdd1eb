internal import ByteIO
internal import Foundation
package import ModelCore

/// A tensor as the framework itself reads it, from an `expected.json`.
package struct ExpectedTensor: Sendable, Equatable {
    package let name: String
    package let dtype: String
    package let shape: [Int]
    /// Of the row-major elements.
    package let digest: String

    /// What a file of this project's reader has.
    package init(name: String, type: StoredType, source: WeightSource) throws {
        self.name = name
        dtype = type.rawValue
        shape = source.shape
        var hasher = SHA256Hasher()
        try source.stream { hasher.update($0) }
        digest = hasher.finalize().description
    }

    private init(_ value: JSONValue) {
        name = value["name"]?.string ?? ""
        dtype = value["dtype"]?.string ?? ""
        shape = value["shape"]?.array?.compactMap(\.integer) ?? []
        digest = value["sha256"]?.string ?? ""
    }

    /// The lists in `expected.json` of a folder of fixtures, by the file that they are about.
    package static func all(in folder: String) throws -> [String: [ExpectedTensor]] {
        let bytes = try Fixture.bytes("\(folder)/expected.json")
        let tree = try bytes.withUnsafeBytes { try JSON.parse($0) }
        var lists: [String: [ExpectedTensor]] = [:]
        for (file, list) in tree.object ?? JSONObject() { lists[file] = (list.array ?? []).map(ExpectedTensor.init) }
        return lists
    }
}
