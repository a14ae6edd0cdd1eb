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
}
