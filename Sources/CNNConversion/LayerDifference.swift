import ModelGraph

/// In what a layer of one model differs from the layer of another that it stands for.
package struct LayerDifference: Sendable {
    /// `nil` for a layer that only the other model has.
    let found: Node?
    /// `nil` for a layer that the other model has not got.
    let expected: Node?
    package fileprivate(set) var findings: [Finding] = []

    package var foundName: String? { found?.name }
    package var expectedName: String? { expected?.name }

    /// The name of the layer, in the model that was looked at if it is there.
    package var name: String { found?.name ?? expected?.name ?? "" }

    package struct Finding: Sendable, Hashable {
        package enum Kind: String, Sendable, Hashable {
            case missing, extra, attribute, connection, weight
        }

        package let kind: Kind
        /// `epsilon is 0.001, not 1e-05`.
        package let text: String
        /// For a weight whose elements are all there in another order: which.
        package var order: String?
    }

    init(_ found: Node?, _ expected: Node?) { (self.found, self.expected) = (found, expected) }

    mutating func add(_ kind: Finding.Kind, _ text: String, order: String? = nil) {
        findings.append(Finding(kind: kind, text: text, order: order))
    }
}
