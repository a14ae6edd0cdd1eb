import CNNMFormat
import LayoutConversion
import ModelCore
import ModelGraph
import NumpyFormat
import Verification

/// A framework's own run of a network: arrays `inputs/NAME`, `outputs/NAME` and `activations/LAYER` of an `.npz`, in the framework's order of axes.
struct GoldenTrace {
    private typealias Arrays = [(name: String, array: Tensor<Float>)]

    private var inputs: Arrays = []
    private var outputs: Arrays = []
    private var activations: Arrays = []
    private let path: String

    /// What was found of the recorded layers, and what could not be compared, one sentence each.
    struct Findings {
        var nodes: [NodeReport] = []
        var remarks: [String] = []
    }

    /// - Throws: `file.*`, `zip.*`, `npy.*`; `golden.names` for an archive that holds no such arrays.
    init(path: String) throws(ModelError) {
        self.path = path
        let archive = try NumpyArchive(path: path)
        for name in archive.names {
            guard let slash = name.firstIndex(of: "/"), let array = try archive.array(named: name) else { continue }
            let key = String(name[name.index(after: slash)...])
            switch name[..<slash] {
            case "inputs": inputs.append((key, try array.floats()))
            case "outputs": outputs.append((key, try array.floats()))
            case "activations": activations.append((key, try array.floats()))
            default: continue
            }
        }
        if inputs.isEmpty || outputs.isEmpty && activations.isEmpty {
            throw ModelError(
                Problem(
                    "golden.names", "the archive holds no arrays named inputs/NAME and outputs/NAME or activations/LAYER", at: Location(file: path),
                    hint: "fixtures/generate/record_keras.py and record_torch.py show how to record them"))
        }
    }

    /// Holds each recorded layer, given the recorded values that it reads, against the network of a file.
    /// - Throws: `golden.inputs` where the recorded inputs are not the network's; `verify.shape`.
    func certify(_ document: CNNMDocument) throws(ModelError) -> Findings {
        let isTorch = document.source?.framework == "PyTorch"
        let graph = document.graph
        let orders = try KeptOrders(graph, interface: isTorch ? .wanted : .source)
        var findings = Findings()
        var trace: [String: Tensor<Float>] = [:]
        let layers = isTorch ? TorchModuleCalls(graph).values(activations.map(\.name)) : Self.byName(activations.map(\.name), graph)
        var unplaced = 0
        for (name, array) in activations {
            guard let value = layers[name] else { continue }
            if let kept = orders[value]?.kept(array) { trace[value] = kept } else { unplaced += 1 }
        }
        for (output, array) in try matched(outputs, graph.outputs.map(\.name), what: "outputs") {
            guard let value = graph.outputs.first(where: { $0.name == output })?.value else { continue }
            if let kept = orders[value]?.kept(array) { trace[value] = kept } else { unplaced += 1 }
        }
        var given: [String: Tensor<Float>] = [:]
        for (input, array) in try matched(inputs, graph.inputs.map(\.name), what: "inputs") { given[input] = orders[input]?.kept(array) ?? array }
        if unplaced > 0 {
            findings.remarks.append("\(unplaced) recorded values were left out, for the network does not tell in which order it keeps their axes")
        }
        let strangers = activations.map(\.name).filter { layers[$0] == nil }
        if !strangers.isEmpty {
            let some = strangers.prefix(8).joined(separator: ", ") + (strangers.count > 8 ? ", ..." : "")
            findings.remarks.append("\(strangers.count) recorded names are of no layer here: \(some)")
        }
        do throws(ModelError) {
            findings.nodes = try ForwardAnalysis.certify(graph, inputs: given, trace: trace, isLocal: true)
        } catch {
            throw error.locating(file: path)
        }
        return findings
    }

    private static func byName(_ names: [String], _ graph: Graph) -> [String: String] {
        let made = Set(graph.nodes.map(\.output))
        return Dictionary(names.filter(made.contains).map { ($0, $0) }) { first, _ in first }
    }

    /// Recorded arrays under the network's names: by name, or in their order where none has a name of the network's.
    /// - Throws: `golden.inputs`, `golden.outputs`.
    private func matched(_ arrays: Arrays, _ names: [String], what: String) throws(ModelError) -> Arrays {
        let known = Set(names)
        let recorded = arrays.map(\.name)
        if what == "inputs" ? Set(recorded) == known : recorded.allSatisfy(known.contains) { return arrays }
        guard known.isDisjoint(with: recorded), arrays.count == names.count else {
            throw ModelError(
                Problem("golden.\(what)", "the archive has the \(what) \(recorded.sorted()), the network \(names.sorted())", at: Location(file: path))
            )
        }
        return zip(names, arrays).map { ($0, $1.array) }
    }
}
