/// A version of Keras. Files say it as `1.2.2`, `2.2.4-tf` or `3.15.1`.
///
/// Where only the major version is known, its last one is meant. What tf.keras called 2.2.4-tf to 2.3.0-tf is what Keras 2.4 took over.
struct KerasVersion: Sendable, Hashable, Comparable, CustomStringConvertible {
    let major: Int
    let minor: Int
    let patch: Int

    private static let last = 1 << 20

    init(_ text: String) {
        let numbers = text.prefix { $0.isNumber || $0 == "." }.split(separator: ".").map { min(Int($0) ?? Self.last, Self.last) }
        let parts = numbers + Array(repeating: numbers.count > 1 ? 0 : Self.last, count: max(0, 3 - numbers.count))
        let isTakenOver = text.hasSuffix("-tf") && (parts[0], parts[1], parts[2]) >= (2, 2, 4)
        (major, minor, patch) = isTakenOver ? (2, max(parts[1], 4), parts[2]) : (parts[0] == 0 ? 1 : parts[0], parts[1], parts[2])
    }

    /// Whether the version is known beyond its first number.
    var isExact: Bool { minor != Self.last }

    var description: String { patch == 0 || patch == Self.last ? "\(major).\(minor)" : "\(major).\(minor).\(patch)" }

    static func < (left: KerasVersion, right: KerasVersion) -> Bool {
        (left.major, left.minor, left.patch) < (right.major, right.minor, right.patch)
    }
}
