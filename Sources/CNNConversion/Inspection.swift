import ByteIO
import CNNMFormat
import KerasFormat
package import ModelCore
import ModelGraph

/// What is inside a file of any supported format.
package struct Inspection: Sendable {
    package let format: String
    package private(set) var inputs: [Port] = []
    package private(set) var outputs: [Port] = []
    package private(set) var layers: [Layer] = []
    package private(set) var tensors: [TensorSummary] = []
    /// What a file of PyTorch holds besides tensors, such as the arguments of a program: of no matter to a conversion.
    package private(set) var luggage: [Luggage] = []
    /// What stands in the way of a conversion.
    package private(set) var problems: [Problem] = []
    /// How pixels become inputs.
    package private(set) var preprocessing: [Preprocessing] = []
    /// What else the file says, by name: the architecture, the number of classes.
    package private(set) var metadata: [(name: String, value: String)] = []

    package struct Port: Sendable, Hashable {
        package let name: String
        package let shape: Shape
        package let layout: DataLayout?
        package let dtype: DType
    }

    package struct Layer: Sendable, Hashable {
        package let name: String
        package let operation: String
        package let outputShape: Shape
        /// Numbers in weights that no earlier layer has.
        package let parameters: Int
        /// For one sample; `nil` where a size is open.
        package let multiplyAdds: Int?
        /// Input elements that one output element depends on, per spatial axis; `nil` for all.
        package let receptiveField: [Int]?
    }

    /// Element c of a pixel, 0 to 255, becomes `pixel[c] * scale[c] + offset[c]`; one number stands for all channels.
    package struct Preprocessing: Sendable, Hashable {
        package let input: String
        package let channelOrder: String
        package let scale: [Double]
        package let offset: [Double]
    }

    package struct TensorSummary: Sendable, Hashable {
        package let name: String
        package let shape: [Int]
        /// As the file has it, which may be a type that no weight has.
        package let dtype: StoredType
    }

    package struct Luggage: Sendable, Hashable {
        package let name: String
        /// A class or a function of Python.
        package let type: String
    }

    package var parameters: Int { tensors.reduce(0) { $0 + $1.shape.reduce(1, *) } }

    /// Looks into the file at `path`. No weight is read. A model that cannot be converted is shown as far as it is understood.
    /// - Parameters:
    ///   - architecture: where the architecture is, for a file of weights only.
    ///   - entry: where the network is in a checkpoint that holds several.
    ///   - inputShapes: sizes for what the file leaves open.
    /// - Throws: where the file itself cannot be read.
    package init(
        path: String, architecture: ArchitectureSource? = nil, entry: String? = nil, inputShapes: [InputShape] = []
    ) throws(ModelError) {
        let model = try LoadedModel(path: path, architecture: architecture, entry: entry, inputShapes: inputShapes)
        format = model.formatName
        do throws(ModelError) {
            let graph = try model.graph()
            let shapes = try graph.inferShapes()
            inputs = graph.inputs.map { Port(name: $0.name, shape: $0.shape, layout: $0.layout, dtype: $0.dtype) }
            outputs = graph.outputs.map { Port(name: $0.name, shape: shapes[$0.value] ?? Shape([]), layout: $0.layout, dtype: .float32) }
            layers = try graph.summary().map { layer in
                Layer(
                    name: layer.name, operation: layer.operation, outputShape: layer.outputShape, parameters: layer.parameters,
                    multiplyAdds: layer.multiplyAdds, receptiveField: layer.receptiveField)
            }
            let about = model.about(graph)
            preprocessing = about.preprocessing.map {
                Preprocessing(input: $0.input, channelOrder: $0.channelOrder, scale: $0.scale, offset: $0.offset)
            }
            metadata = about.metadata.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
            if case .tensors(let file) = model.content {
                tensors = file.summaries
                luggage = file.luggage
            } else {
                tensors = graph.weightOrder.compactMap { name in
                    graph.weights[name].map { TensorSummary(name: name, shape: $0.source.shape, dtype: StoredType($0.source.dtype)) }
                }
            }
        } catch {
            switch model.content {
            case .cnnm: throw error
            case .tensors(let file):
                tensors = file.summaries
                luggage = file.luggage
            case .keras(let keras):
                tensors = keras.layers.flatMap { layer in
                    layer.weights.map {
                        TensorSummary(
                            name: keras.addressing == .paths ? $0.name : "\(layer.name)/\($0.name)", shape: $0.source.shape,
                            dtype: StoredType($0.source.dtype))
                    }
                }
            }
            problems = error.problems
        }
    }

    /// The object that `inspect --json` prints.
    package func json() throws(ModelError) -> String {
        func ports(_ ports: [Port]) -> JSONValue {
            .array(
                ports.map { port in
                    [
                        "name": .string(port.name), "shape": Self.json(port.shape), "layout": port.layout.map { .string($0.rawValue) } ?? .null,
                        "dtype": .string(port.dtype.rawValue),
                    ]
                })
        }
        return try JSON.text([
            "format": .string(format), "inputs": ports(inputs), "outputs": ports(outputs),
            "layers": .array(
                layers.map { layer in
                    [
                        "name": .string(layer.name), "operator": .string(layer.operation), "output_shape": Self.json(layer.outputShape),
                        "parameters": .integer(layer.parameters), "multiply_adds": layer.multiplyAdds.map(JSONValue.integer) ?? .null,
                        "receptive_field": layer.receptiveField.map { .array($0.map(JSONValue.integer)) } ?? .null,
                    ]
                }),
            "tensors": .array(
                tensors.map { tensor in
                    [
                        "name": .string(tensor.name), "shape": .array(tensor.shape.map(JSONValue.integer)), "dtype": .string(tensor.dtype.rawValue),
                    ]
                }),
            "luggage": .array(luggage.map { ["name": .string($0.name), "type": .string($0.type)] }),
            "parameters": .integer(parameters),
            "preprocessing": .array(
                preprocessing.map { entry in
                    [
                        "input": .string(entry.input), "channel_order": .string(entry.channelOrder),
                        "scale": .array(entry.scale.map(JSONValue.number)),
                        "offset": .array(entry.offset.map(JSONValue.number)),
                    ]
                }),
            "metadata": .object(metadata.reduce(into: JSONObject()) { $0[$1.name] = .string($1.value) }),
            "problems": .array(problems.map { ["code": .string($0.code), "message": .string($0.message)] }),
        ])
    }

    private static func json(_ shape: Shape) -> JSONValue {
        .array(shape.sizes.map { $0.map(JSONValue.integer) ?? .null })
    }
}
