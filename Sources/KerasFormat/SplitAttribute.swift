import HDF5
import ModelCore

/// Attributes that Keras splits: a list over 64,512 bytes is written as `layer_names0`, `layer_names1` and so on.
extension HDF5File {
    func hasSplitAttribute(_ name: String, of path: String) throws(ModelError) -> Bool {
        if try hasAttribute(name, of: path) { return true }
        return try hasAttribute(name + "0", of: path)
    }

    /// The strings of an attribute that may be split; `nil` where it is missing.
    func splitBytes(ofAttribute name: String, of path: String) throws(ModelError) -> [[UInt8]]? {
        if let whole = try bytes(ofAttribute: name, of: path) { return whole }
        var strings: [[UInt8]] = []
        var index = 0
        while let part = try bytes(ofAttribute: name + String(index), of: path) {
            strings += part
            index += 1
        }
        return index > 0 ? strings : nil
    }

    /// The names in an attribute that may be split; `nil` where it is missing.
    ///
    /// - Throws: `code` for a name that is empty, that holds a NUL or that is not UTF-8; codes of `HDF5File`.
    func splitNames(ofAttribute name: String, of path: String, code: String) throws(ModelError) -> [String]? {
        guard let all = try splitBytes(ofAttribute: name, of: path) else { return nil }
        let names = all.compactMap { String(validating: $0, as: UTF8.self) }
        guard names.count == all.count, !names.contains(where: { $0.isEmpty || $0.utf8.contains(0) }) else {
            throw ModelError(Problem(code, "attribute '\(name)' holds a name that is empty or no text", at: location(path)))
        }
        return names
    }

    /// The one string of an attribute of the first of these objects that has it.
    func text(ofAttribute name: String, of paths: [String]) throws(ModelError) -> String? {
        for path in paths {
            if let strings = try strings(ofAttribute: name, of: path) { return strings.first }
        }
        return nil
    }
}
