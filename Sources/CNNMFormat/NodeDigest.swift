internal import ByteIO
internal import ModelCore
package import ModelGraph

/// What a node is, its weights to the last bit, as a number: the first 64 bits of the SHA-256 of a text that the specification gives.
package struct NodeDigest: Sendable, Hashable {
    private let word: UInt64

    /// The digest of no node.
    package static let zero = NodeDigest(word: 0)

    private init(word: UInt64) { self.word = word }

    /// - Parameter tensors: of the file, by name. A weight that has none there is left out.
    package init(_ node: Node, tensors: [String: TensorEntry]) {
        var text = CanonicalText()
        text.add(node.operation.name)
        let attributes = node.operation.attributes.entries.sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
        text.add(count: attributes.count)
        for attribute in attributes {
            text.add(attribute.name)
            text.add(attribute.value)
        }
        text.add(count: node.inputs.count)
        for input in node.inputs { text.add(input) }
        let weights = node.weights.compactMap { role, name in tensors[name].map { (role, $0) } }
            .sorted { $0.0.utf8.lexicographicallyPrecedes($1.0.utf8) }
        text.add(count: weights.count)
        for (role, tensor) in weights {
            text.add(role)
            text.add(tensor.dtype.rawValue)
            text.add(tensor.layout.rawValue)
            text.add(tensor.shape.map(String.init).joined(separator: ","))
            text.add(tensor.digest.hexadecimal)
        }
        word = Digest256(hashing: text.bytes).bytes.prefix(8).reduce(0) { $0 << 8 | UInt64($1) }
    }

    /// 16 lower-case hexadecimal digits.
    package var text: String { word.hexadecimal }

    init?(text: String) {
        guard let word = UInt64(text, radix: 16), word.hexadecimal == text else { return nil }
        self.word = word
    }
}

/// Fields one after the other, each with its length before it, so that no two lists of fields have one text.
private struct CanonicalText {
    private(set) var bytes: [UInt8] = []

    mutating func add(_ field: String) {
        bytes += "\(field.utf8.count):".utf8
        bytes += field.utf8
    }

    mutating func add(count: Int) { add(String(count)) }

    mutating func add(_ value: AttributeValue) {
        switch value {
        case .string(let text):
            add("string")
            add(text)
        case .boolean(let value):
            add("boolean")
            add(value ? "true" : "false")
        case .integer(let value): add("number", [Double(value)])
        case .number(let value): add("number", [value])
        case .integers(let values): add("numbers", values.map(Double.init))
        case .numbers(let values): add("numbers", values)
        }
    }

    /// By their bits: how many digits a decimal has is a matter of taste.
    private mutating func add(_ kind: String, _ values: [Double]) {
        add(kind)
        add(values.map(\.bitPattern.hexadecimal).joined(separator: ","))
    }
}

extension UInt64 {
    /// 16 lower-case hexadecimal digits.
    fileprivate var hexadecimal: String {
        let digits = String(self, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }
}
