import ByteIO
import CNNConversion
import CNNMFormat
import KerasFormat
import ModelCore
import ModelGraph
import TestSupport

/// Writes graphs as Keras files, which it leaves for real Keras too.
struct KerasWriting {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    /// Writes a graph as a `.cnnm`, and that as a Keras file.
    func write(_ graph: Graph, as name: String, _ format: String) throws -> (summary: Conversion.Summary, classes: [String]) {
        var output = try AtomicOutput(path: folder("graph.cnnm"))
        try CNNMWriter.write(CNNMDocument(graph, producer: .init(name: "test", version: "1")), to: &output, progress: nil)
        try output.commit()
        let path = folder("out.\(format)")
        let summary = try Conversion.convert(input: folder("graph.cnnm"), output: path)
        try WrittenFiles.keep(path, as: "operation-\(name).\(format)")
        let model = format == "keras" ? try KerasArchive.read(try MappedFile(path: path)) : try KerasFile.read(path: path)
        let layers = try model.architecture()["config"]?["layers"]?.array ?? []
        return (summary, layers.compactMap { $0["class_name"]?.string }.filter { $0 != "InputLayer" })
    }
}

extension Graph {
    /// One operator and its inputs `x0`, `x1`, ...
    static func one(_ operation: Operator, _ shapes: [Shape], _ weights: [String: Weight] = [:]) -> Graph {
        var graph = Graph(name: "net")
        graph.inputs = shapes.enumerated().map { GraphInput(name: "x\($0)", shape: $1) }
        graph.weights = Dictionary(uniqueKeysWithValues: weights.map { ("main/\($0.key)", $0.value) })
        graph.nodes = [
            Node(
                name: "main", operation: operation, inputs: graph.inputs.map(\.name), output: "main",
                weights: Dictionary(uniqueKeysWithValues: weights.keys.map { ($0, "main/\($0)") }))
        ]
        graph.outputs = [GraphOutput(name: "main", value: "main")]
        return graph
    }
}
