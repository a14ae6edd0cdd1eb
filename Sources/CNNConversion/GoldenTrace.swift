import ModelCore
import ModelGraph
import NumpyFormat
import Verification

/// A framework's own run of a network: arrays `inputs/NAME`, `outputs/NAME` and `activations/LAYER` of an `.npz`.
struct GoldenTrace {
    private var inputs: [String: Tensor<Float>] = [:]
    private var outputs: [String: Tensor<Float>] = [:]
    private var activations: [String: Tensor<Float>] = [:]
    private let path: String

    /// - Throws: `file.*`, `zip.*`, `npy.*`; `golden.names` for an archive that holds no such arrays.
    init(path: String) throws(ModelError) {
        self.path = path
        let archive = try NumpyArchive(path: path)
        for name in archive.names {
            guard let slash = name.firstIndex(of: "/"), let array = try archive.array(named: name) else { continue }
            let key = String(name[name.index(after: slash)...])
            switch name[..<slash] {
            case "inputs": inputs[key] = try array.floats()
            case "outputs": outputs[key] = try array.floats()
            case "activations": activations[key] = try array.floats()
            default: continue
            }
        }
        if inputs.isEmpty || outputs.isEmpty && activations.isEmpty {
            throw ModelError(
                Problem(
                    "golden.names", "the archive holds no arrays named inputs/NAME and outputs/NAME or activations/LAYER", at: Location(file: path),
                    hint: "interop/record_golden.py shows how to record them"))
        }
    }

    /// Holds each recorded layer, given the recorded values that it reads, against the graph.
    ///
    /// Values that the graph keeps in another order of axes than the framework, as all of a channels-first network, are left out; outputs are not.
    /// - Returns: a report for each recorded layer; of the first that differs both outputs, and what was done wrong there if that can be told.
    /// - Throws: `golden.inputs` where the recorded inputs are not the graph's; `verify.shape`.
    func certify(_ graph: Graph) throws(ModelError) -> Certificate {
        guard Set(graph.inputs.map(\.name)) == Set(inputs.keys) else {
            throw ModelError(
                Problem(
                    "golden.inputs",
                    "the archive has the inputs \(inputs.keys.sorted()), the network \(graph.inputs.map(\.name).sorted())", at: Location(file: path)))
        }
        let keepsOrder = graph.inputs.allSatisfy { $0.layout?.isChannelsLast ?? true }
        var trace = keepsOrder ? activations : [:]
        for output in graph.outputs {
            if let recorded = outputs[output.name] { trace[output.value] = recorded }
        }
        do throws(ModelError) {
            var certificate = Certificate()
            certificate.reports = try ForwardAnalysis.certify(graph, inputs: inputs, trace: trace, isLocal: true) { difference throws(ModelError) in
                guard certificate.firstDifferent == nil else { return }
                let declared = graph.outputs.first { $0.value == difference.node.output }?.layout
                certificate.firstDifferent = DifferingLayer(
                    name: difference.node.name, layout: declared ?? .channelsLast(spatialRank: difference.exact.shape.count - 2),
                    ours: difference.exact.map(Float.init), theirs: difference.recorded, theirsName: "recorded")
                let values = trace.merging(inputs) { recorded, _ in recorded }
                certificate.diagnosis = try TraceDiagnosis(of: graph).diagnose(difference, values: values)
            }
            return certificate
        } catch {
            throw error.locating(file: path)
        }
    }

    /// What a framework's own run says of a network.
    struct Certificate {
        var reports: [NodeReport] = []
        var firstDifferent: DifferingLayer?
        var diagnosis: Diagnosis?
    }
}
