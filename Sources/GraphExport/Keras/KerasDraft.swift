import ByteIO
import ModelCore

/// A Keras model that is being put together.
struct KerasDraftModel: Equatable {
    var name: String
    /// A chain that is written as a Sequential model.
    var isSequential = false
    /// InputLayers included.
    var layers: [KerasDraftLayer] = []
    var inputs: [KerasDraftReference] = []
    var outputs: [KerasDraftReference] = []
    /// Names of the outputs where they are not those of their layers.
    var outputNames: [String]?
}

/// A layer with its calls.
struct KerasDraftLayer: Equatable {
    let className: String
    var name: String
    /// What the layer's class needs to know, name and element type apart.
    let config: JSONObject
    let variables: [KerasDraftVariable]
    /// What is used as a layer, or applied by one.
    var inner: KerasDraftInner?
    var calls: [KerasDraftCall] = []

    /// Whether one layer can stand for both, called twice.
    func isSame(as other: KerasDraftLayer) -> Bool {
        className == other.className && config == other.config && variables == other.variables && inner == other.inner
    }
}

/// What a layer holds that is not its own.
indirect enum KerasDraftInner: Equatable {
    /// The layers of a model that is used as a layer.
    case model(KerasDraftModel)
    /// The layer that a wrapper applies.
    case layer(KerasDraftLayer)

    /// The layers, in the order in which files list their weights.
    var layers: [KerasDraftLayer] {
        switch self {
        case .model(let model): model.layers
        case .layer(let layer): [layer]
        }
    }
}

/// A layer applied to tensors.
struct KerasDraftCall: Equatable {
    var inputs: [KerasDraftReference]
    /// Whether the layer takes a list, even of one.
    let takesList: Bool
    /// The shape of the result.
    let shape: Shape
    let dtype: DType
}

/// The result of a call.
struct KerasDraftReference: Hashable {
    var layer: Int
    let call: Int
}

/// A variable of a layer. Equal if it is the same weight of the graph, seen as the same variable.
struct KerasDraftVariable: Equatable {
    let name: String
    /// The weight's name in the graph.
    let weight: String
    let source: WeightSource
    /// Whether training changes it: files list such variables of a nested model before the others.
    let isTrainable: Bool

    static func == (left: KerasDraftVariable, right: KerasDraftVariable) -> Bool {
        left.name == right.name && left.weight == right.weight
    }

    /// The same elements under another shape of as many.
    func reshaped(_ shape: [Int]) -> KerasDraftVariable {
        KerasDraftVariable(name: name, weight: weight, source: source.reshaped(shape), isTrainable: isTrainable)
    }
}
