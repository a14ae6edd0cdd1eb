internal import ByteIO
internal import ModelCore
internal import ModelGraph

extension Header {
    /// The header's JSON, members in the order of the specification.
    var json: JSONValue {
        var root: JSONObject = [
            "producer": .object(["name": .string(document.producer.name), "version": .string(document.producer.version)])
        ]
        root["source"] = document.source.map(Self.json)
        root["name"] = .string(document.graph.name)
        root["inputs"] = .array(document.graph.inputs.map(Self.json))
        root["outputs"] = .array(zip(document.graph.outputs, outputShapes).map(output))
        root["nodes"] = .array(document.graph.nodes.map(Self.json))
        root["tensors"] = .array(tensors.map(Self.json))
        if !document.preprocessing.isEmpty { root["preprocessing"] = .array(document.preprocessing.map(Self.json)) }
        if !document.labels.isEmpty { root["labels"] = .array(document.labels.map(JSONValue.string)) }
        root["fingerprints"] = document.fingerprints?.json
        if !document.metadata.isEmpty {
            var metadata = JSONObject()
            for (key, value) in document.metadata.sorted(by: { $0.key < $1.key }) { metadata[key] = .string(value) }
            root["metadata"] = .object(metadata)
        }
        return .object(root)
    }

    private static func json(_ source: CNNMDocument.Source) -> JSONValue {
        var object: JSONObject = ["framework": .string(source.framework)]
        object["version"] = source.version.map(JSONValue.string)
        object["file"] = source.file.map(JSONValue.string)
        object["sha256"] = source.digest.map { .string($0.hexadecimal) }
        return .object(object)
    }

    private static func json(_ input: GraphInput) -> JSONValue {
        .object([
            "name": .string(input.name), "shape": json(input.shape), "layout": json(input.layout), "dtype": .string(input.dtype.rawValue),
        ])
    }

    private func output(_ output: GraphOutput, _ shape: Shape) -> JSONValue {
        // Only an input that is given back as it is has another type: operators compute in Float32.
        let dtype = document.graph.inputs.first { $0.name == output.value }?.dtype ?? .float32
        return .object([
            "name": .string(output.name), "value": .string(output.value), "shape": Self.json(shape), "layout": Self.json(output.layout),
            "dtype": .string(dtype.rawValue),
        ])
    }

    private static func json(_ node: Node) -> JSONValue {
        var attributes = JSONObject()
        for entry in node.operation.attributes.entries { attributes[entry.name] = entry.value.json }
        var weights = JSONObject()
        for role in type(of: node.operation.definition).weightRoles { weights[role.name] = node.weights[role.name].map(JSONValue.string) }
        return .object([
            "name": .string(node.name), "operator": .string(node.operation.name), "inputs": .array(node.inputs.map(JSONValue.string)),
            "outputs": .array([.string(node.output)]), "attributes": .object(attributes), "weights": .object(weights),
        ])
    }

    private static func json(_ tensor: TensorEntry) -> JSONValue {
        var object: JSONObject = [
            "name": .string(tensor.name), "dtype": .string(tensor.dtype.rawValue), "shape": .array(tensor.shape.map(JSONValue.integer)),
            "layout": .string(tensor.layout.rawValue), "offset": .integer(tensor.offset), "length": .integer(tensor.length),
            "sha256": .string(tensor.digest.hexadecimal),
        ]
        object["derived"] = tensor.derivation.map { derivation in
            .object(["from": .array(derivation.from.map(JSONValue.string)), "by": .array(derivation.by.map(JSONValue.string))])
        }
        return .object(object)
    }

    private static func json(_ preprocessing: CNNMDocument.Preprocessing) -> JSONValue {
        .object([
            "input": .string(preprocessing.input), "channel_order": .string(preprocessing.channelOrder),
            "scale": .array(preprocessing.scale.map(JSONValue.number)), "offset": .array(preprocessing.offset.map(JSONValue.number)),
        ])
    }

    private static func json(_ shape: Shape) -> JSONValue { .array(shape.sizes.map { $0.map(JSONValue.integer) ?? .null }) }

    private static func json(_ layout: DataLayout?) -> JSONValue { layout.map { .string($0.rawValue) } ?? .null }
}
