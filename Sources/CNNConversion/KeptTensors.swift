import CNNMFormat
import ModelCore
import ModelGraph
import Verification

/// Tensors that are in a graph for the way back, and that no layer reads.
enum KeptTensors {
    /// Those that are not in a written graph as they should be: `verify.weight`.
    static func problems(_ written: Graph, _ graph: Graph) throws(ModelError) -> [Problem] {
        var problems: [Problem] = []
        for name in Set(graph.weights.keys).subtracting(graph.weightOrder).sorted() {
            guard let weight = graph.weights[name], let other = written.weights[name] else {
                problems.append(Problem("verify.weight", "the tensor '\(name)' that was to be kept is missing", kind: .different))
                continue
            }
            if try !weight.hasBits(of: other) {
                problems.append(Problem("verify.weight", "the tensor '\(name)' that was kept has other bits", kind: .different))
            }
        }
        return problems
    }

    /// Those of a `.cnnm` that are not what its source has: `verify.weight`.
    static func problems(_ document: CNNMDocument, against source: SourceStateDict?) throws(ModelError) -> [Problem] {
        guard let source, let record = StateDictRecord(metadata: document.metadata) else { return [] }
        let (read, tensors) = (Set(document.graph.weightOrder), Dictionary(source.tensors, uniquingKeysWith: { first, _ in first }))
        var problems: [Problem] = []
        for tensor in record.tensors where !read.contains(tensor.weight) {
            guard let kept = document.graph.weights[tensor.weight].flatMap({ tensor.tensor(of: $0.source) }), let wanted = tensors[tensor.name],
                try kept.hasBits(of: wanted)
            else {
                problems.append(Problem("verify.weight", "the tensor '\(tensor.name)' that was kept is not that of the source", kind: .different))
                continue
            }
        }
        return problems
    }
}
