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
    /// - Returns: a report for each recorded layer; of the first that differs both outputs, and what was done wrong there if that can be told.
    /// - Throws: `golden.inputs` where the recorded inputs are not the network's; `verify.shape`.
    func certify(_ document: CNNMDocument, threads: Int = 1) throws(ModelError) -> Certificate {
        let isTorch = document.source?.framework == "PyTorch"
        let graph = document.graph
        let orders = try KeptOrders(graph, interface: isTorch ? .wanted : .source)
        var certificate = Certificate()
        var trace: [String: Tensor<Float>] = [:]
        let layers = isTorch ? TorchModuleCalls(graph).values(activations.map(\.name)) : Self.byName(activations.map(\.name), graph)
        var unplaced = 0
        for (name, array) in activations {
            guard let value = layers[name] else { continue }
            if let kept = orders[value]?.kept(array) { trace[value] = kept } else { unplaced += 1 }
        }
        let results = outputValues(graph)
        for (name, array) in outputs {
            guard let value = results[name] else { continue }
            if let kept = orders[value]?.kept(array) { trace[value] = kept } else { unplaced += 1 }
        }
        var given: [String: Tensor<Float>] = [:]
        for (input, array) in try matchedInputs(graph.inputs.map(\.name)) { given[input] = orders[input]?.kept(array) ?? array }
        if unplaced > 0 {
            certificate.remarks.append("\(unplaced) recorded values were left out, for the network does not tell in which order it keeps their axes")
        }
        let strangers = activations.map(\.name).filter { layers[$0] == nil } + outputs.map(\.name).filter { results[$0] == nil }
        if !strangers.isEmpty {
            let some = strangers.prefix(8).joined(separator: ", ") + (strangers.count > 8 ? ", ..." : "")
            certificate.remarks.append("\(strangers.count) recorded names are of no layer here: \(some)")
        }
        do throws(ModelError) {
            certificate.reports = try ForwardAnalysis.certify(graph, inputs: given, trace: trace, isLocal: true, threads: threads) {
                difference throws(ModelError) in
                guard certificate.firstDifferent == nil else { return }
                let declared = graph.outputs.first { $0.value == difference.node.output }?.layout
                certificate.firstDifferent = DifferingLayer(
                    name: difference.node.name, layout: declared ?? .channelsLast(spatialRank: difference.exact.shape.count - 2),
                    ours: difference.exact.map(Float.init), theirs: difference.recorded, theirsName: "recorded")
                let values = trace.merging(given) { recorded, _ in recorded }
                certificate.diagnosis = try TraceDiagnosis(of: graph).diagnose(difference, values: values)
            }
        } catch {
            throw error.locating(file: path)
        }
        return certificate
    }

    private static func byName(_ names: [String], _ graph: Graph) -> [String: String] {
        let made = Set(graph.nodes.map(\.output))
        return Dictionary(names.filter(made.contains).map { ($0, $0) }) { first, _ in first }
    }

    /// The values of recorded outputs: by the outputs' names or their layers', or in their order where none has a name of either.
    private func outputValues(_ graph: Graph) -> [String: String] {
        let named = graph.outputs.map { ($0.name, $0.value) } + graph.outputs.map { ($0.value, $0.value) }
        let values = Dictionary(named) { first, _ in first }
        let recorded = outputs.map(\.name)
        guard Set(values.keys).isDisjoint(with: recorded), recorded.count == graph.outputs.count else {
            return values.filter { recorded.contains($0.key) }
        }
        return Dictionary(zip(recorded, graph.outputs.map(\.value))) { first, _ in first }
    }

    /// Recorded inputs under the network's names: by name, or in their order where none has a name of the network's.
    /// - Throws: `golden.inputs`.
    private func matchedInputs(_ names: [String]) throws(ModelError) -> Arrays {
        let recorded = inputs.map(\.name)
        if Set(recorded) == Set(names) { return inputs }
        guard Set(names).isDisjoint(with: recorded), recorded.count == names.count else {
            throw ModelError(
                Problem(
                    "golden.inputs", "the archive has the inputs \(recorded.sorted()), the network \(names.sorted())", at: Location(file: path)))
        }
        return zip(names, inputs).map { ($0, $1.array) }
    }

    /// What a framework's own run says of a network.
    struct Certificate {
        var reports: [NodeReport] = []
        var firstDifferent: DifferingLayer?
        var diagnosis: Diagnosis?
        /// What could not be compared, one sentence each.
        var remarks: [String] = []
    }
}
