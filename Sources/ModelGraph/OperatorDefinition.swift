package import ModelCore

/// What the graph knows of an operator: its name, its attributes, its weights and the shapes that it makes.
/// What it computes is defined by the reference engine.
package protocol OperatorDefinition: Hashable, Sendable {
    /// The name in files.
    static var name: String { get }

    /// The weights that a node may have, in the order of files; others are refused.
    static var weightRoles: [WeightRole] { get }

    /// How many inputs a node may have.
    static var inputCount: ClosedRange<Int> { get }

    /// - Throws: `graph.attributes` where one is missing, unknown or of another type.
    init(from attributes: inout AttributeReader) throws(ModelError)

    func encode(into attributes: inout AttributeList)

    /// The shape of the output.
    ///
    /// Attributes are untrusted here: an implementation checks them before it computes with them.
    /// - Throws: `graph.attributes`, `graph.weight-shape` or `graph.shape`; the message names the shapes that do not agree.
    func outputShape(_ inputs: [Shape], _ weights: WeightShapes) throws(ModelError) -> Shape

    /// Multiplications with a weight, or comparisons and additions of a window, for one element of the output.
    func multiplyAdds(_ inputs: [Shape], _ weights: WeightShapes) -> Int

    /// How far the operator sees along each spatial axis of its first input.
    func reach(_ input: Shape, _ weights: WeightShapes) -> Reach

    /// This operator as one of all.
    var erased: Operator { get }
}

extension OperatorDefinition {
    package static var weightRoles: [WeightRole] { [] }
    package static var inputCount: ClosedRange<Int> { 1...1 }
    package func encode(into attributes: inout AttributeList) {}
    package func multiplyAdds(_ inputs: [Shape], _ weights: WeightShapes) -> Int { 0 }
    package func reach(_ input: Shape, _ weights: WeightShapes) -> Reach { .element }

    /// An error about this operator's attributes.
    package func attributeError(_ message: String) -> ModelError {
        ModelError(Problem("graph.attributes", message))
    }

    /// An error about shapes that do not agree.
    package func shapeError(_ message: String) -> ModelError {
        ModelError(Problem("graph.shape", message))
    }

    /// An error about a weight whose shape does not fit.
    package func weightError(_ message: String) -> ModelError {
        ModelError(Problem("graph.weight-shape", message))
    }
}

/// A weight that an operator reads.
package struct WeightRole: Sendable, Hashable {
    package let name: String
    package let isRequired: Bool

    package static func required(_ name: String) -> WeightRole { WeightRole(name: name, isRequired: true) }
    package static func optional(_ name: String) -> WeightRole { WeightRole(name: name, isRequired: false) }
}

/// The shapes and layouts of a node's weights by role.
package struct WeightShapes: Sendable {
    package struct Entry: Sendable {
        package let shape: [Int]
        package let layout: KernelLayout

        package init(shape: [Int], layout: KernelLayout) {
            self.shape = shape
            self.layout = layout
        }
    }

    package let entries: [String: Entry]

    package init(_ entries: [String: Entry]) { self.entries = entries }

    package subscript(role: String) -> Entry? { entries[role] }

    /// - Throws: `graph.weight-shape` unless the weight is absent or a vector of `count`, where that is known.
    package func requireVector(_ role: String, count: Int?, of what: String) throws(ModelError) {
        guard let entry = entries[role] else { return }
        guard entry.shape.count == 1, count == nil || entry.shape[0] == count else {
            let expected = count.map { "[\($0)]" } ?? "a vector"
            throw ModelError(Problem("graph.weight-shape", "\(role) has shape \(entry.shape), \(what) needs \(expected)"))
        }
    }
}

/// How far an operator sees: for the receptive field.
package enum Reach: Sendable, Hashable {
    /// Each output element sees the input element at its own position.
    case element
    /// Windows that slide along spatial axes.
    case windows(extent: [Int], stride: [Int])
    /// The grid becomes finer by these factors, each element seeing `extent` of its input.
    case magnified(by: [Double], extent: [Int])
    /// Everything.
    case everything
}
