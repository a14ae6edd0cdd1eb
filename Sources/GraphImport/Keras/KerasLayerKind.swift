import ModelCore
import ModelGraph

/// How a class of layers becomes nodes.
struct KerasLayerKind: Sendable {
    /// The layer's variables in Keras' order. Read from the configuration alone, before any weight.
    let variables: @Sendable (KerasLayer) throws(ModelError) -> [KerasVariable]
    /// The layer's operators, one after the other, for inputs of these shapes.
    let steps: @Sendable (KerasLayer, [Shape]) throws(ModelError) -> [KerasStep]

    /// A kind without variables.
    init(_ steps: @escaping @Sendable (KerasLayer, [Shape]) throws(ModelError) -> [KerasStep]) {
        variables = { _ in [] }
        self.steps = steps
    }

    init(
        variables: @escaping @Sendable (KerasLayer) throws(ModelError) -> [KerasVariable],
        steps: @escaping @Sendable (KerasLayer, [Shape]) throws(ModelError) -> [KerasStep]
    ) {
        self.variables = variables
        self.steps = steps
    }

    /// Every class that can be converted, by its name in Keras 3, in families.
    static let families: [(title: String, kinds: [String: KerasLayerKind])] = [
        ("convolution", convolutionKinds.merging(locallyConnectedKinds) { first, _ in first }), ("pooling", poolingKinds),
        ("activation", activationKinds), ("normalisation", normalizationKinds), ("preprocessing", preprocessingKinds), ("core", coreKinds),
        ("shape", shapeKinds), ("merging", mergeKinds), ("nothing at inference", identityKinds),
    ]

    static let all: [String: KerasLayerKind] = families.reduce(into: [:]) { $0.merge($1.kinds) { first, _ in first } }
}

/// A variable of a layer.
struct KerasVariable: Sendable {
    let name: String
    /// Whether training changes it: files list such variables of a nested model before the others.
    let isTrainable: Bool

    static func trained(_ name: String) -> KerasVariable { KerasVariable(name: name, isTrainable: true) }
    static func recorded(_ name: String) -> KerasVariable { KerasVariable(name: name, isTrainable: false) }
}

/// One operator of a layer.
struct KerasStep: Sendable {
    /// What it is within the layer; the last step of a layer bears the layer's own name.
    let part: String
    let operation: Operator
    let target: Target
    /// The weights by the operator's role.
    let weights: [String: KerasStepWeight]
    /// Weights that the configuration holds itself, by role.
    let constants: [String: Tensor<Float>]
    /// What the axes of those are that have a meaning.
    let layouts: [String: KernelLayout]

    enum Target: Sendable, Hashable {
        /// Reads all current values and replaces them by its result.
        case all
        /// Replaces the current value at this position.
        case input(Int)
        /// Reads nothing and adds its result after the current values.
        case extra
        /// Reads nothing and adds its result before the current values.
        case extraFirst
        /// Reads the one current value two times.
        case twice
        /// Reads the current values at these positions and replaces all by its result.
        case these([Int])
        /// Reads the current values at these positions and adds its result after all.
        case besideThese([Int])
        /// Reads the current values at these positions; its result is one of the layer's several outputs, in order.
        case outputOf([Int])

        /// The positions of what is read, of so many current values.
        func positions(of count: Int) -> [Int] {
            switch self {
            case .all: Array(0..<count)
            case .input(let position): [position]
            case .extra, .extraFirst: []
            case .twice: [0, 0]
            case .these(let positions), .besideThese(let positions), .outputOf(let positions): positions
            }
        }
    }

    init(
        _ part: String, _ operation: Operator, _ weights: [String: KerasStepWeight] = [:], constants: [String: Tensor<Float>] = [:],
        layouts: [String: KernelLayout] = [:], target: Target = .all
    ) {
        self.part = part
        self.operation = operation
        self.target = target
        self.weights = weights
        self.constants = constants
        self.layouts = layouts
    }
}

/// A variable as an operator reads it.
struct KerasStepWeight: Sendable {
    let variable: String
    /// The ways in which files hold it; the first that fits the dataset's shape counts, as it does for Keras.
    let forms: [Form]

    struct Form: Sendable {
        let layout: KernelLayout
        /// The shape that the layer's configuration asks for; `nil` where it leaves a size open.
        let shape: [Int?]
        /// The axes of a window that the file holds backwards.
        var flippedAxes: [Int] = []
        /// The elements as the operator reads them, where the file holds them otherwise.
        var arrange: (@Sendable (WeightSource) -> WeightSource)?

        func fits(_ found: [Int]) -> Bool {
            found.count == shape.count && zip(found, shape).allSatisfy { $1 == nil || $0 == $1 }
        }

        func view(_ source: WeightSource) -> WeightSource {
            let source = flippedAxes.isEmpty ? source : source.flipped(axes: flippedAxes)
            return arrange?(source) ?? source
        }
    }

    init(_ variable: String, _ layout: KernelLayout, _ shape: [Int?]) {
        self.init(variable, [Form(layout: layout, shape: shape)])
    }

    init(_ variable: String, _ forms: [Form]) {
        self.variable = variable
        self.forms = forms
    }
}
