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

    /// The names of operations of `keras.ops`, those of nested models included.
    var operationNames: [String] { named("") { $0.isOperation ? [""] : [] } }

    /// The names, as the importer gives them, of variables and constants of calls that hold what no weight of the graph holds.
    var derivedWeights: [String] {
        named("") { layer in
            layer.variables.filter(\.isDerived).map { "/\($0.name)" } + (layer.calls.contains(where: \.hasDerivedConstant) ? ["/constant/value"] : [])
        }
    }

    /// What a layer has of something, after its full name. Depth is bounded by that of models that were found in models.
    private func named(_ prefix: String, _ what: (KerasDraftLayer) -> [String]) -> [String] {
        Self.named(layers, prefix, what)
    }

    private static func named(_ layers: [KerasDraftLayer], _ prefix: String, _ what: (KerasDraftLayer) -> [String]) -> [String] {
        layers.flatMap { layer in
            what(layer).map { prefix + layer.name + $0 } + named(layer.inner?.layers ?? [], "\(prefix)\(layer.name)/", what)
        }
    }
}

/// A layer with its calls.
struct KerasDraftLayer: Equatable {
    let className: String
    /// Where the class is found if it is not one of `keras.layers`.
    var module: String?
    var name: String
    /// What the layer's class needs to know, name and element type apart.
    let config: JSONObject
    let variables: [KerasDraftVariable]
    /// What is used as a layer, or applied by one.
    var inner: KerasDraftInner?
    var calls: [KerasDraftCall] = []

    /// Whether it is an operation of `keras.ops`, which has no place among a model's layers.
    var isOperation: Bool { module?.hasPrefix(KerasPiece.operations) == true }

    /// Whether one layer can stand for both, called twice.
    func isSame(as other: KerasDraftLayer) -> Bool {
        className == other.className && module == other.module && config == other.config && variables == other.variables && inner == other.inner
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
    var arguments: [KerasDraftArgument]
    /// The shape of the result.
    let shape: Shape
    let dtype: DType

    /// Whether an argument is a number or an array that the lowering chose.
    var hasDerivedConstant: Bool {
        arguments.contains { argument in if case .constant(_, isDerived: true) = argument { true } else { false } }
    }

    /// The tensors among the arguments, in order.
    var inputs: [KerasDraftReference] { arguments.flatMap(\.tensors) }
}

/// What a call is given.
indirect enum KerasDraftArgument: Equatable {
    case tensor(KerasDraftReference)
    case list([KerasDraftArgument])
    /// As Keras serialises it; one that is derived is no weight of the graph.
    case constant(JSONValue, isDerived: Bool)

    /// Depth is that of the lowerings' own operands.
    var tensors: [KerasDraftReference] {
        switch self {
        case .tensor(let reference): [reference]
        case .list(let members): members.flatMap(\.tensors)
        case .constant: []
        }
    }

    func mapTensors(_ transform: (KerasDraftReference) -> KerasDraftReference) -> KerasDraftArgument {
        switch self {
        case .tensor(let reference): .tensor(transform(reference))
        case .list(let members): .list(members.map { $0.mapTensors(transform) })
        case .constant: self
        }
    }
}

/// The result of a call.
struct KerasDraftReference: Hashable {
    var layer: Int
    let call: Int
}

/// A variable of a layer. Equal if it is the same weight of the graph, seen as the same variable.
struct KerasDraftVariable: Equatable, Sendable {
    let name: String
    /// The weight's name in the graph.
    let weight: String
    let source: WeightSource
    /// Whether training changes it: files list such variables of a nested model before the others.
    let isTrainable: Bool
    /// Whether no weight of the graph holds these numbers.
    var isDerived = false

    static func == (left: KerasDraftVariable, right: KerasDraftVariable) -> Bool {
        left.name == right.name && left.weight == right.weight
    }

    /// The same elements under another shape of as many.
    func reshaped(_ shape: [Int]) -> KerasDraftVariable {
        KerasDraftVariable(name: name, weight: weight, source: source.reshaped(shape), isTrainable: isTrainable, isDerived: isDerived)
    }
}
