import ByteIO

/// A Functional network of Keras 3 as a constructor of keras.applications puts it together: layer by layer, each with the shapes of its variables.
struct KerasSketch: Sendable {
    let name: String
    /// In the order in which they were made.
    private(set) var layers: [Layer] = []
    private(set) var output = ""
    /// The layer whose outputs are the classes; `nil` for a network without top.
    private(set) var classifier: String?
    private var counts: [String: Int] = [:]

    /// What a layer makes.
    struct Value: Sendable {
        let layer: String
        let channels: Int
        /// Height and width, which are equal; `nil` where they are open.
        let size: Int?
    }

    struct Layer: Sendable {
        let className: String
        let name: String
        var config: JSONObject
        var inputs: [String] = []
        /// A number that an operator on tensors takes besides.
        var literal: Double?
        var isOperator = false
        /// The shapes of the variables in the order of files; those of the layers of a nested model together.
        var weights: [[Int]] = []
        /// The layers of a nested Sequential model.
        var inner: [Layer] = []
    }

    init(_ name: String) {
        self.name = name
    }

    /// The name that Keras gives to a layer without one: the class in snake case, from the second on with a number.
    private mutating func automaticName(_ className: String) -> String {
        let name = KerasVariablePaths.snakeCase(className)
        defer { counts[name, default: 0] += 1 }
        return counts[name].map { "\(name)_\($0)" } ?? name
    }

    /// A layer that nothing has been made of yet.
    mutating func layer(_ className: String, _ name: String?, _ config: JSONObject, weights: [[Int]] = []) -> Layer {
        Layer(className: className, name: name ?? automaticName(className), config: config, weights: weights)
    }

    /// Adds a layer, called with these values.
    mutating func add(_ layer: Layer, to inputs: [Value], channels: Int, size: Int?) -> Value {
        var layer = layer
        layer.inputs = inputs.map(\.layer)
        layers.append(layer)
        output = layer.name
        return Value(layer: layer.name, channels: channels, size: size)
    }

    /// A square image of three channels.
    mutating func image(_ size: Int?) -> Value {
        let side = size.map(JSONValue.integer) ?? .null
        let input = layer("InputLayer", "input_layer", ["batch_shape": .array([.null, side, side, .integer(3)])])
        counts["input_layer"] = 1
        return add(input, to: [], channels: 3, size: size)
    }

    /// A Sequential model of these layers in one call.
    mutating func sequential(_ inner: [Layer], _ name: String, to x: Value, channels: Int, size: Int?) -> Value {
        let side = x.size.map(JSONValue.integer) ?? .null
        let shape: JSONObject = ["batch_shape": .array([.null, side, side, .integer(x.channels)])]
        var model = layer("Sequential", name, [:])
        model.inner = [layer("InputLayer", nil, shape)] + inner
        model.weights = inner.flatMap(\.weights)
        return add(model, to: [x], channels: channels, size: size)
    }

    /// Says that this layer's outputs are the classes.
    mutating func classify(by layer: Value) {
        classifier = layer.layer
    }

    // MARK: Order

    /// The layers that lead to the output, in the order of Keras: by the longest way to the output, those of one length in the order in which one
    /// comes to them from the output.
    var ordered: [Layer] {
        let positions = Dictionary(uniqueKeysWithValues: layers.enumerated().map { ($1.name, $0) })
        var visits: [Int: Int] = [:]
        var pending = [output].compactMap { positions[$0] }
        while let position = pending.popLast() {
            guard visits[position] == nil else { continue }
            visits[position] = visits.count
            pending += layers[position].inputs.reversed().compactMap { positions[$0] }
        }
        var depths = [Int](repeating: 0, count: layers.count)
        for position in layers.indices.reversed() where visits[position] != nil {
            for input in layers[position].inputs.compactMap({ positions[$0] }) { depths[input] = max(depths[input], depths[position] + 1) }
        }
        return visits.sorted { (-depths[$0.key], $0.value) < (-depths[$1.key], $1.value) }.map { layers[$0.key] }
    }

    // MARK: Configuration

    /// What `model.to_json()` comes to, without what matters to training only.
    var configuration: JSONValue {
        let ends = { (name: String) -> JSONValue in .array([.array([.string(name), .integer(0), .integer(0)])]) }
        return [
            "class_name": .string("Functional"),
            "config": [
                "name": .string(name), "layers": .array(ordered.map(Self.entry)), "input_layers": ends("input_layer"),
                "output_layers": ends(output),
            ],
        ]
    }

    private static func entry(_ layer: Layer) -> JSONValue {
        var config = layer.config
        config["name"] = .string(layer.name)
        if !layer.inner.isEmpty { config["layers"] = .array(layer.inner.map(Self.entry)) }
        var tensors: [JSONValue] = layer.inputs.map { name in
            ["class_name": .string("__keras_tensor__"), "config": ["keras_history": .array([.string(name), .integer(0), .integer(0)])]]
        }
        // A layer takes several tensors as one list, an operator as so many arguments.
        if tensors.count > 1, !layer.isOperator { tensors = [.array(tensors)] }
        if let literal = layer.literal { tensors.append(.number(literal)) }
        let call: JSONValue = ["args": .array(tensors), "kwargs": [:]]
        return [
            "module": .string(layer.isOperator ? "keras.src.ops.numpy" : "keras.layers"), "class_name": .string(layer.className),
            "name": .string(layer.name), "config": .object(config), "inbound_nodes": .array(layer.inputs.isEmpty ? [] : [call]),
        ]
    }
}
