import LayoutConversion
import ModelCore
import ModelGraph

/// What became of the axes of one weight on the way from the source's layout to the engine's.
public struct WeightLayout: Sendable, Hashable {
    /// The weight's name.
    public let name: String
    /// Its shape in the source.
    public let sourceShape: [Int]
    /// What its axes mean there: `oihw`, a letter for each, `vector` or `other`.
    public let sourceLayout: String
    /// The shape that it is seen in before axes are moved, where that is another.
    public let splitShape: [Int]?
    /// Axis k of the result is axis `permutation[k]`; `nil` where nothing is moved.
    public let permutation: [Int]?
    /// Its shape in the result.
    public let shape: [Int]
    /// What its axes mean there.
    public let layout: String
    /// Why, in a few words.
    public let reason: String

    /// Every weight, in the order of the layers.
    static func all(in reading: LoadedModel.Reading) -> [WeightLayout] {
        let moves = Dictionary(reading.rearrangements.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
        return reading.graph.weightOrder.compactMap { name in reading.graph.weights[name].map { WeightLayout(name, $0, moves[name]) } }
    }

    private init(_ name: String, _ weight: Weight, _ rearrangement: WeightRearrangement?) {
        self.name = rearrangement?.source ?? name
        shape = weight.source.shape
        layout = weight.layout.rawValue
        sourceShape = rearrangement?.shape ?? shape
        sourceLayout = rearrangement?.layout.rawValue ?? layout
        splitShape = rearrangement?.move.split
        permutation = rearrangement?.move.permutation
        reason =
            switch rearrangement?.move.reason {
            case nil: shape.count <= 1 ? "one axis" : "its axes are in order"
            case .kernel: "the engine's kernels are \(layout)"
            case .flattened: "reads features that were flattened in another order"
            case .axes: "its operand has its axes in another order"
            }
    }
}
