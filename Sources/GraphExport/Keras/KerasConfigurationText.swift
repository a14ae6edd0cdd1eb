import ByteIO
import ModelCore

/// A model as the configuration that Keras reads.
struct KerasConfigurationText {
    let target: KerasTarget

    /// `class_name` and `config` of a whole model.
    func model(_ model: KerasDraftModel) -> JSONValue {
        switch target {
        case .everyVersion: ["class_name": .string("Functional"), "config": .object(functional(model))]
        case .keras3:
            [
                "module": .string("keras.src.models.functional"), "class_name": .string("Functional"), "config": .object(functional(model)),
                "registered_name": .string("Functional"),
            ]
        }
    }

    private func functional(_ model: KerasDraftModel) -> JSONObject {
        [
            "name": .string(KerasNames.escaped(model.name)), "trainable": .bool(true), "layers": .array(model.layers.map { layer($0, in: model) }),
            "input_layers": ends(model.inputs, nil, in: model), "output_layers": ends(model.outputs, model.outputNames, in: model),
        ]
    }

    private func sequential(_ model: KerasDraftModel) -> JSONObject {
        let layers = model.layers.map { layer -> JSONValue in
            var object = description(layer)
            object["inbound_nodes"] = nil
            return .object(object)
        }
        return ["name": .string(KerasNames.escaped(model.name)), "trainable": .bool(true), "layers": .array(layers)]
    }

    // MARK: Layers

    private func layer(_ layer: KerasDraftLayer, in model: KerasDraftModel) -> JSONValue {
        var object = description(layer)
        object["name"] = .string(layer.name)
        let calls = layer.calls.filter { !$0.inputs.isEmpty }
        object["inbound_nodes"] = .array(calls.map { target == .keras3 ? tensors($0, in: model) : references($0, in: model) })
        return .object(object)
    }

    /// - Parameter isWrapped: whether another layer's configuration holds this one, which Keras 3 reads in its own notation only, in every file.
    private func description(_ layer: KerasDraftLayer, isWrapped: Bool = false) -> JSONObject {
        var object: JSONObject = [:]
        if let module = layer.module {
            object["module"] = .string(module)
        } else if target == .keras3 || isWrapped {
            let module =
                switch layer.className {
                case "Sequential": "keras"
                case "Functional": "keras.src.models.functional"
                default: "keras.layers"
                }
            object["module"] = .string(module)
        }
        object["class_name"] = .string(layer.className)
        object["config"] = .object(config(layer))
        if target == .keras3 || isWrapped {
            let isPrivate = layer.className == "Functional" || layer.module != nil
            object["registered_name"] = isPrivate ? .string(layer.className) : .null
        }
        return object
    }

    private func config(_ layer: KerasDraftLayer) -> JSONObject {
        var config: JSONObject = [:]
        switch layer.inner {
        case nil: break
        case .model(let inner): return inner.isSequential ? sequential(inner) : functional(inner)
        case .layer(let inner): config["layer"] = .object(description(inner, isWrapped: true))
        }
        if layer.className == "InputLayer", let shape = layer.calls.first?.shape {
            let sizes = JSONValue.array(shape.sizes.map { $0.map(JSONValue.integer) ?? .null })
            config[target == .keras3 ? "batch_shape" : "batch_input_shape"] = sizes
        }
        config["name"] = .string(layer.name)
        if layer.className != "InputLayer" && !layer.isOperation {
            // What every layer has: operators on tensors, which may bear the name of a layer's class, have neither.
            config["trainable"] = .bool(true)
            config["dtype"] = .string(DType.float32.rawValue)
        }
        for (key, value) in layer.config { config[key] = value }
        return config
    }

    // MARK: Tensors

    /// A call in the notation of Keras 2, which Keras 3 reads in `.h5` files: `[[layer, call, tensor, {}], ...]`.
    private func references(_ call: KerasDraftCall, in model: KerasDraftModel) -> JSONValue {
        .array(call.inputs.map { input in .array([.string(model.layers[input.layer].name), .integer(input.call), .integer(0), [:]]) })
    }

    /// A call in the notation of Keras 3.
    private func tensors(_ call: KerasDraftCall, in model: KerasDraftModel) -> JSONValue {
        func serialized(_ argument: KerasDraftArgument) -> JSONValue {
            switch argument {
            case .constant(let value, _): return value
            case .list(let members): return .array(members.map(serialized))
            case .tensor(let input):
                let maker = model.layers[input.layer]
                let made = maker.calls[input.call]
                return [
                    "class_name": .string("__keras_tensor__"),
                    "config": [
                        "shape": .array(made.shape.sizes.map { $0.map(JSONValue.integer) ?? .null }), "dtype": .string(made.dtype.rawValue),
                        "keras_history": .array([.string(maker.name), .integer(input.call), .integer(0)]),
                    ],
                ]
            }
        }
        return ["args": .array(call.arguments.map(serialized)), "kwargs": [:]]
    }

    /// One tensor alone, several as a list, or as an object where they have names of their own.
    private func ends(_ references: [KerasDraftReference], _ names: [String]?, in model: KerasDraftModel) -> JSONValue {
        let tensors = references.map { reference -> JSONValue in
            let layer = model.layers[reference.layer]
            // Keras 3 takes a Functional model to have been called once before, here and nowhere else.
            let call = layer.className == "Functional" ? reference.call + 1 : reference.call
            return .array([.string(layer.name), .integer(call), .integer(0)])
        }
        if let names {
            var object = JSONObject()
            for (name, tensor) in zip(names, tensors) { object[name] = tensor }
            return .object(object)
        }
        return tensors.count == 1 ? tensors[0] : .array(tensors)
    }
}
