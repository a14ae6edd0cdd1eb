import ByteIO
import ModelCore
import ModelGraph

extension KerasLayer {
    /// An operator with the arguments of one of its calls among its settings, all under their names in Keras 3.
    /// - Throws: `keras.unsupported-call` for an argument that the operator does not have.
    func called(with arguments: KerasArguments) throws(ModelError) -> KerasLayer {
        guard let operation else { return self }
        switch className {
        case "TensorFlowOpLayer": return try nodeSettings(arguments).map(with) ?? self
        case "TFOpLambda", "SlicingOpLambda":
            guard let function = config["function"]?.string, let signature = TensorFlowFunction.functions[function] else { return self }
            let named = try merged(ownSettings(without: ["function"]), arguments, signature.inputs)
            return with(try inWordsOfKeras(named, signature))
        default: return with(try merged(config.values, arguments, KerasOperation.parameters(of: operation)))
        }
    }

    /// The settings of a layer of TensorFlow besides those that say what it is.
    private func ownSettings(without keys: [String]) -> JSONObject {
        var own = config.values
        for key in ["name", "trainable", "dtype"] + keys { own[key] = nil }
        return own
    }

    /// The settings of a function of TensorFlow by their names in Keras 3.
    private func inWordsOfKeras(_ settings: JSONObject, _ signature: TensorFlowFunction) throws(ModelError) -> JSONObject {
        for (key, value) in settings where !value.isNull {
            guard signature.namesInKeras[key] != nil else {
                throw problem("keras.unsupported-call", "is called with \(key) \(Self.brief(value)), which cnnconvert does not know")
            }
            guard signature.onlyValues[key].map({ $0 == value }) ?? true else {
                throw problem("keras.unsupported-call", "is called with \(key) \(Self.brief(value)), which cnnconvert cannot convert")
            }
        }
        return signature.inWordsOfKeras(settings)
    }

    /// Settings and arguments together.
    private func merged(_ settings: JSONObject, _ arguments: KerasArguments, _ parameters: [String]) throws(ModelError) -> JSONObject {
        var positional = arguments.positional
        // One parameter with a star takes all.
        if parameters.first?.hasSuffix("*") == true { positional = [.array(positional)] }
        guard positional.count <= parameters.count else {
            throw problem("keras.unsupported-call", "is called with \(positional.count) arguments, it has \(parameters.count)")
        }
        var result = settings
        let placed = zip(parameters, positional).map { (key: $0, value: $1) }
        let named = arguments.keywords.map { (key: $0.key, value: $0.value) }
        for (key, value) in placed + named where !value.isNull {
            guard result[key] == nil || result[key]?.isNull == true else {
                throw problem("keras.unsupported-call", "is called with two values of \(key)")
            }
            result[key] = value
        }
        return result
    }

    /// The settings of a node of TensorFlow's graph: its inputs, among which constants stand at their places, and its attributes.
    private func nodeSettings(_ arguments: KerasArguments) throws(ModelError) -> JSONObject? {
        let node = TensorFlowNode(config["node_def"] ?? .null)
        guard let signature = TensorFlowFunction.operations[node.operation] else { return nil }
        var inputs = arguments.positional.flatMap { $0.array ?? [$0] }
        let constants = (config["constants"]?.object ?? JSONObject()).compactMap { key, value in Int(key).map { ($0, value) } }
        for (place, value) in constants.sorted(by: { $0.0 < $1.0 }) {
            guard place >= 0, place <= inputs.count else {
                throw problem("keras.config", "has a constant for input \(place), it has \(inputs.count) inputs before", key: "constants")
            }
            inputs.insert(value, at: place)
        }
        guard arguments.keywords.isEmpty, let named = signature.named(inputs) else {
            throw problem("keras.unsupported-call", "is called with \(inputs.count) arguments, which \(node.operation) does not take")
        }
        var result = ownSettings(without: ["node_def", "constants"])
        for (key, value) in named { result[key] = value }
        for (key, value) in node.attributes { result[key] = value }
        return try inWordsOfKeras(result, signature)
    }
}

extension KerasOperation {
    /// What an operator computes with.
    enum Operand {
        /// One of the call's inputs.
        case tensor(Int)
        case constant(Tensor<Float>)
    }

    static func operand(_ layer: KerasLayer, _ key: String, _ shapes: [Shape]) throws(ModelError) -> Operand {
        guard let value = layer.config[key] else { throw layer.problem("keras.unsupported-call", "is called without \(key)") }
        if let number = KerasArguments.number(of: value), shapes.indices.contains(number) { return .tensor(number) }
        guard let tensor = constant(value) else {
            throw layer.problem(
                "keras.unsupported-call",
                "is called with \(key) \(KerasLayer.brief(value)), which is neither a tensor nor an array of finite numbers")
        }
        return .constant(tensor)
    }

    /// A number or a rectangular nested list of numbers, as an array; also as Keras 3 writes arrays and tensors.
    static func constant(_ value: JSONValue) -> Tensor<Float>? {
        var shape: [Int] = []
        var level = [value["config"]?["value"] ?? value]
        while let first = level.first?.array, shape.count < 8 {
            guard level.allSatisfy({ $0.array?.count == first.count }) else { return nil }
            shape.append(first.count)
            level = level.flatMap { $0.array ?? [] }
        }
        let numbers = level.compactMap(\.double)
        guard numbers.count == level.count, !numbers.isEmpty, numbers.allSatisfy(\.isFinite) else { return nil }
        return Tensor(shape: shape, scalars: numbers.map { Float($0) })
    }

    /// One integer or a list of them; `nil` where the setting is not given.
    static func integers(_ layer: KerasLayer, _ key: String) throws(ModelError) -> [Int]? {
        guard layer.gives(key), let value = layer.config[key] else { return nil }
        let plain = value["config"]?["value"] ?? value
        let list = plain.array?.compactMap(\.integer) ?? plain.integer.map { [$0] } ?? []
        guard plain.array == nil || list.count == plain.array?.count, plain.array != nil || !list.isEmpty else {
            throw layer.problem("keras.unsupported-call", "has \(key) \(KerasLayer.brief(value)), expected integers", key: key)
        }
        return list
    }

    /// An axis that is not that of samples, counted from 0.
    static func axis(_ layer: KerasLayer, _ key: String, default fallback: Int? = nil, rank: Int) throws(ModelError) -> Int {
        let axis = try layer.axis(try layer.integer(key, default: fallback), rank: rank, key: key)
        guard axis > 0 else { throw layer.problem("keras.unsupported-call", "works along the axis of samples", key: key) }
        return axis
    }

    /// Axes of which none is that of samples, counted from 0, ascending; `nil` where none are given.
    static func axes(_ layer: KerasLayer, _ key: String, rank: Int) throws(ModelError) -> [Int]? {
        guard let given = try integers(layer, key) else { return nil }
        var axes: Set<Int> = []
        for axis in given {
            guard axes.insert(try layer.axis(axis, rank: rank, key: key)).inserted else {
                throw layer.problem("keras.unsupported-call", "has \(key) \(given), which names an axis twice", key: key)
            }
        }
        guard !axes.contains(0) else { throw layer.problem("keras.unsupported-call", "works along the axis of samples", key: key) }
        return axes.sorted()
    }
}
