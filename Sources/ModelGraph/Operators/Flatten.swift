package import ModelCore

/// All axes but the first as one, in row-major order of the input: `[N, H, W, C]` becomes `[N, H * W * C]`.
///
/// Keras Flatten of channels-last data; PyTorch flatten(1) of data in its own layout.
package struct Flatten: OperatorDefinition {
    package static let name = "flatten"

    package init() {}
    package init(from attributes: inout AttributeReader) throws(ModelError) {}

    package func outputShape(_ inputs: [Shape], _ weights: WeightShapes) throws(ModelError) -> Shape {
        let input = inputs[0]
        guard input.rank >= 1 else { throw shapeError("input \(input) has no axes") }
        let sizes = input.sizes.dropFirst()
        let known = sizes.compactMap(\.self)
        return Shape([input[0], known.count == sizes.count ? known.checkedProduct : nil])
    }

    package func reach(_ input: Shape, _ weights: WeightShapes) -> Reach { .everything }

    package var erased: Operator { .flatten(self) }
}
