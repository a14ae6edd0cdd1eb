import ByteIO
import ModelCore

/// Reads a model's configuration tree into a `KerasNetwork`.
///
/// Nested models are read by recursion; the JSON parser's limit on depth bounds it.
struct KerasConfiguration {
    let origin: KerasOrigin
    private(set) var problems: [Problem] = []

    init(origin: KerasOrigin) {
        self.origin = origin
    }

    /// - Returns: the network, or `nil` with at least one problem recorded.
    mutating func network(_ model: JSONValue, path: String, name outerName: String? = nil) -> KerasNetwork? {
        guard let className = model["class_name"]?.string, let config = model["config"] else {
            report("keras.config", "the configuration is \(KerasLayer.brief(model)), not a model with class_name and config", path)
            return nil
        }
        let name = config["name"]?.string ?? outerName ?? model["name"]?.string ?? "model"
        for (key, value) in config.object ?? JSONObject() where !Self.modelKeys.contains(key) && !value.isNull {
            report(
                "keras.unsupported-setting", "model '\(name)' (\(className)) has \(key) \(KerasLayer.brief(value)), which cnnconvert does not know",
                "\(path)/config/\(key)", hint: KerasSettings.hint)
        }
        switch className {
        case "Sequential":
            guard let layers = config.array ?? config["layers"]?.array else {
                report("keras.config", "model '\(name)' has no list of layers", path + "/config/layers")
                return nil
            }
            return sequential(name, layers, config, path: config.array == nil ? path + "/config/layers" : path + "/config")
        case _ where KerasDialect.isFunctional(model):
            return functional(name, config, path: path + "/config")
        default:
            report(
                "keras.unsupported-model", "the model is a \(className), not a Sequential or Functional model", path,
                hint: "a subclassed model has no architecture in its file; rebuild it as a Functional model and save it again")
            return nil
        }
    }

    /// What a model's configuration consists of. Its layers have types of their own.
    private static let modelKeys: Set<String> = [
        "name", "trainable", "dtype", "layers", "input_layers", "output_layers", "build_input_shape", "autocast",
    ]

    mutating func report(_ code: String, _ message: String, _ path: String, hint: String? = nil) {
        problems.append(Problem(code, message, at: Location(path: path), hint: hint))
    }

    // MARK: Sequential

    private mutating func sequential(_ name: String, _ entries: [JSONValue], _ config: JSONValue, path: String) -> KerasNetwork? {
        var layers: [KerasLayer] = []
        for (index, entry) in entries.enumerated() {
            guard let layer = layer(entry, path: "\(path)/\(index)") else { return nil }
            layers.append(layer)
        }
        guard let first = layers.first else {
            report("keras.config", "model '\(name)' has no layers", path)
            return nil
        }
        if first.className != "InputLayer" {
            let shape = first.config["batch_shape"] ?? config["build_input_shape"] ?? first.network?.inputShape
            guard let shape else {
                report(
                    "keras.config", "model '\(name)' does not say the shape of its input", path,
                    hint: "build the model before saving it, or give it an Input layer")
                return nil
            }
            let input: JSONObject = ["name": .string(first.name + "_input"), "batch_shape": shape]
            layers.insert(
                KerasLayer(
                    className: "InputLayer", name: first.name + "_input", config: KerasSettings(input), path: path, origin: origin, customName: nil,
                    network: nil),
                at: 0)
        }
        let calls = layers.indices.map { index in
            KerasCall(layer: index, number: 0, inputs: index == 0 ? [] : [.tensor(KerasReference(layer: layers[index - 1].name, call: 0, tensor: 0))])
        }
        let last = KerasReference(layer: layers[layers.count - 1].name, call: 0, tensor: 0)
        checkNames(layers, path)
        return KerasNetwork(
            name: name, layers: layers, calls: calls, inputs: [KerasReference(layer: layers[0].name, call: 0, tensor: 0)], outputs: [last])
    }

    // MARK: Layers

    private mutating func layer(_ entry: JSONValue, path: String) -> KerasLayer? {
        guard let fullName = entry["class_name"]?.string, let config = entry["config"] else {
            report("keras.config", "a layer is \(KerasLayer.brief(entry)), expected an object with class_name and config", path)
            return nil
        }
        guard let name = entry["name"]?.string ?? config["name"]?.string else {
            report("keras.config", "a \(fullName) layer has no name", path)
            return nil
        }
        if let fault = KerasName.fault(of: name) {
            report("keras.name", "a \(fullName) layer has a name that \(fault)", path)
            return nil
        }
        let className = KerasDialect.className(of: entry, version: origin.version)
        let settings = KerasSettings(KerasDialect.config(config.object ?? JSONObject(), className: className, version: origin.version))
        var network: KerasNetwork?
        var wrapped: [KerasLayer] = []
        if ["Sequential", "Functional"].contains(className) {
            network = self.network(entry, path: path, name: name)
            if network == nil { return nil }
        } else if Self.wrappers.contains(className), let inner = settings["layer"] {
            guard let layer = self.layer(inner, path: path + "/config/layer") else { return nil }
            wrapped = [layer]
        } else if config.object == nil {
            report("keras.config", "layer '\(name)' has a configuration that is no object", path + "/config")
            return nil
        }
        return KerasLayer(
            className: className, name: name, config: settings, path: path, origin: origin, customName: KerasDialect.customName(of: entry),
            network: network, operation: KerasOperation.name(of: entry, className: className, origin: origin), wrapped: wrapped)
    }

    /// Layers that hold another one.
    private static let wrappers: Set<String> = ["TimeDistributed", "SpectralNormalization"]

    private mutating func checkNames(_ layers: [KerasLayer], _ path: String) {
        var seen: Set<String> = []
        for layer in layers where !seen.insert(layer.name).inserted {
            report("keras.duplicate-name", "two layers are called '\(layer.name)'", layer.path)
        }
    }

    // MARK: Functional

    private mutating func functional(_ name: String, _ config: JSONValue, path: String) -> KerasNetwork? {
        guard let entries = config["layers"]?.array, !entries.isEmpty else {
            report("keras.config", "model '\(name)' has no list of layers", path + "/layers")
            return nil
        }
        var layers: [KerasLayer] = []
        var nodes: [[JSONValue]] = []
        for (index, entry) in entries.enumerated() {
            guard let layer = layer(entry, path: "\(path)/layers/\(index)") else { return nil }
            layers.append(layer)
            guard let inbound = (entry["inbound_nodes"] ?? .array([])).array else {
                report("keras.config", "layer '\(layer.name)' has inbound_nodes that are no list", layer.path + "/inbound_nodes")
                return nil
            }
            nodes.append(inbound)
        }
        checkNames(layers, path)
        var reader = KerasCallReader(layers: layers, callCounts: nodes.map(\.count))
        var calls: [KerasCall] = []
        for (index, layer) in layers.enumerated() {
            if nodes[index].isEmpty, layer.className == "InputLayer" {
                calls.append(KerasCall(layer: index, number: 0, inputs: []))
            }
            for (number, node) in nodes[index].enumerated() {
                let path = "\(layer.path)/inbound_nodes/\(number)"
                if layer.operation == nil {
                    calls.append(KerasCall(layer: index, number: number, inputs: reader.inputs(of: node, layer: layer, path: path)))
                } else {
                    let (inputs, arguments) = reader.operatorCall(node, layer: layer, path: path)
                    calls.append(KerasCall(layer: index, number: number, inputs: inputs.map(KerasInput.tensor), arguments: arguments))
                }
            }
        }
        let inputs = reader.ends(config["input_layers"], path: path + "/input_layers")
        let outputs = reader.ends(config["output_layers"], path: path + "/output_layers")
        problems += reader.problems
        guard reader.problems.isEmpty else { return nil }
        let resolve = reader.resolver()
        func resolved(_ input: KerasInput) -> KerasInput { if case .tensor(let reference) = input { .tensor(resolve(reference)) } else { input } }
        return KerasNetwork(
            name: name, layers: layers,
            calls: calls.map { KerasCall(layer: $0.layer, number: $0.number, inputs: $0.inputs.map(resolved), arguments: $0.arguments) },
            inputs: inputs.map { resolve($0.reference) }, outputs: outputs.map { resolve($0.reference) }, inputNames: inputs.map(\.name),
            outputNames: outputs.map(\.name))
    }
}

extension KerasNetwork {
    /// The shape that the first input declares.
    fileprivate var inputShape: JSONValue? {
        layers.first { $0.className == "InputLayer" }?.config["batch_shape"]
    }
}
