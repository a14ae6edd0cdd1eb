import ModelCore
import ModelGraph

/// Names of layers.
enum KerasNames {
    /// A name that Keras takes, and TensorFlow as that of a scope, without which a model is built and cannot predict: letters, digits and `.` first,
    /// then also `_`, `-` and `>`. In place of `/` stands `>`.
    static func escaped(_ name: String) -> String {
        let result = name.unicodeScalars.map { scalar -> String in
            if scalar == "/" { return ">" }
            return isPlain(scalar) || ["_", ".", ">", "-"].contains(scalar) ? String(scalar) : "_"
        }.joined()
        // A group of HDF5 cannot be called "." or "..".
        guard let first = result.unicodeScalars.first, isPlain(first) || first == ".", result.contains(where: { $0 != "." }) else {
            return "layer" + result
        }
        return result
    }

    private static func isPlain(_ scalar: Unicode.Scalar) -> Bool {
        ("a"..."z").contains(scalar) || ("A"..."Z").contains(scalar) || ("0"..."9").contains(scalar)
    }

    /// A name without the numbers of calls, which the importer appends to each part: `trunk:1/conv:2` is a call of `trunk/conv`.
    static func withoutCalls(_ name: String) -> String {
        name.split(separator: "/", omittingEmptySubsequences: false).map { part in
            guard let colon = part.lastIndex(of: ":"), part.index(after: colon) < part.endIndex, colon > part.startIndex,
                part[part.index(after: colon)...].allSatisfy({ ("0"..."9").contains($0) })
            else { return String(part) }
            return String(part[..<colon])
        }.joined(separator: "/")
    }

    private static let variables: Set<String> = [
        "kernel", "depthwise_kernel", "pointwise_kernel", "bias", "gamma", "beta", "moving_mean", "moving_variance", "alpha",
        "embeddings", "scale", "mean", "variance",
    ]

    /// The layer that weights of these names belong to: what stands before `/kernel`, `/bias`, ... in all of them.
    static func layer(ofWeights names: [String]) -> String? {
        var owner: String?
        for name in names {
            guard let slash = name.lastIndex(of: "/"), variables.contains(String(name[name.index(after: slash)...])), slash > name.startIndex,
                owner == nil || owner == String(name[..<slash])
            else { return nil }
            owner = String(name[..<slash])
        }
        return owner
    }
}
