package import ModelCore

/// The input itself: what dropout and its kin are at inference.
package struct Identity: OperatorDefinition {
    package static let name = "identity"

    package init() {}
    package init(from attributes: inout AttributeReader) throws(ModelError) {}

    package func outputShape(_ inputs: [Shape], _ weights: WeightShapes) throws(ModelError) -> Shape { inputs[0] }

    package var erased: Operator { .identity(self) }
}
