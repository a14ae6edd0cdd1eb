import ByteIO
import GraphExport
import GraphImport
import KerasFormat
import LayoutConversion
import ModelCore
import ModelGraph
import ReferenceEngine
import Verification

/// Keras files: written, read back and held against the graph before they get their names.
struct KerasOutput {
    let graph: Graph
    let format: OutputFormat
    let options: Conversion.Options
    let progress: ((Conversion.Progress) -> Void)?

    /// - Throws: `export.unsupported`; `hdf5.name`; `output.*`; `verify.*` where the result is not the same network.
    func write(to output: consuming AtomicOutput, source: String) throws(ModelError) -> Result {
        let path = output.path
        let export: KerasExport
        var remarks: [String] = []
        do throws(ModelError) {
            (export, remarks) = try self.export()
        } catch { throw error.locating(file: source) }
        let (byteCount, verdict) = try write(export, path: path, to: output)
        return Result(byteCount: byteCount, verdict: verdict, remarks: remarks)
    }

    /// What was written.
    struct Result {
        let byteCount: Int
        /// `nil` where it was not read back.
        let verdict: Verdict?
        /// What there is to know about it, one sentence each.
        let remarks: [String]
    }

    /// An `.h5` file is for Keras 2 and 3 where it can be, and else for Keras 3.
    private func export() throws(ModelError) -> (KerasExport, remarks: [String]) {
        guard format == .kerasModel else {
            let export = try export(for: .keras3)
            if format == .kerasVariables { try Self.requireVariablesAlone(export) }
            return (export, [])
        }
        do throws(ModelError) {
            return (try export(for: .everyVersion), [])
        } catch {
            let export = try export(for: .keras3)
            let names = error.problems.compactMap(\.location.node)
            let list = names.prefix(3).map { "'\($0)'" }.joined(separator: ", ") + (names.count > 3 ? " and \(names.count - 3) more" : "")
            return (export, ["the file is for Keras 3 alone: Keras 2 has no layers for \(list)"])
        }
    }

    /// Whoever gives a `.weights.h5` file to a model of his own has nothing of a configuration.
    private static func requireVariablesAlone(_ export: KerasExport) throws(ModelError) {
        let problems = export.configuredWeights.sorted().map { name in
            Problem(
                "export.unsupported",
                "the constants '\(name)' stand in the configuration of a Keras model, and a .weights.h5 file has variables alone",
                at: Location(node: name), hint: "write a .keras or .h5 file")
        }
        if let error = ModelError(problems) { throw error }
    }

    private func export(for target: KerasTarget) throws(ModelError) -> KerasExport {
        try KerasExporter.export(graph, for: target) { resize, size throws(ModelError) in
            // Row k of the identity matrix becomes what element k contributes to each element of the result.
            let unit = Tensor<Float>(shape: [1, size, size], generating: { $0 / size == $0 % size ? 1 : 0 })
            let columns = try Reference.evaluate(resize.erased, inputs: [unit], weights: [:], threads: options.threads)
            let resized = columns.scalars.count / max(size, 1)
            return Tensor(shape: [size, resized], generating: { columns.scalars[$0 % resized * size + $0 / resized] })
        }
    }

    private func write(_ export: KerasExport, path: String, to output: consuming AtomicOutput) throws(ModelError) -> (Int, Verdict?) {
        switch format {
        case .cnnm, .torch, .safetensors: return (0, nil)
        case .kerasModel:
            return try finish(export, try KerasModelWriter.write(export.model, to: output, progress: report)) { written throws(ModelError) in
                try KerasFile.read(path: written)
            }
        case .kerasVariables:
            return try finish(export, try KerasVariableFile.write(export.variables, to: output, progress: report)) { written throws(ModelError) in
                let file = try KerasFile.read(path: written)
                return KerasModel(
                    container: file.container, configuration: export.model.configuration, kerasVersion: export.model.kerasVersion, backend: nil,
                    layers: file.layers, addressing: file.addressing)
            }
        case .kerasArchive:
            return try finish(export, try archive(export, path: path, to: output)) { written throws(ModelError) in
                try KerasArchive.read(try MappedFile(path: written))
            }
        }
    }

    /// Writes an archive; its variables go through a temporary file beside it.
    private func archive(_ export: KerasExport, path: String, to output: consuming AtomicOutput) throws(ModelError) -> AtomicOutput {
        let variables = try KerasVariableFile.write(export.variables, to: try AtomicOutput(path: path), progress: report)
        return try KerasArchiveWriter.write(
            configuration: try export.model.architecture(), kerasVersion: export.model.kerasVersion ?? "", variables: variables, to: output)
    }

    /// Verifies what `read` finds in the file, and commits it.
    private func finish(
        _ export: KerasExport, _ output: consuming AtomicOutput, read: (String) throws(ModelError) -> KerasModel
    ) throws(ModelError) -> (Int, Verdict?) {
        var verdict: Verdict?
        if options.verifies {
            do throws(ModelError) {
                let written = try LayoutConversion.channelsLast(try KerasImporter.graph(from: try read(output.temporaryPath)))
                var origin = GraphComparison.Origin()
                (origin.counterparts, origin.derivedWeights) = (export.counterparts, export.derivedWeights)
                verdict = try GraphComparison.compare(written, with: graph, origin: origin, threads: options.threads) { fraction in
                    progress?(Conversion.Progress(stage: "comparing", fraction: fraction))
                }
            } catch { throw error.locating(file: output.path) }
        }
        let size = output.byteCount
        try output.commit()
        return (size, verdict)
    }

    private func report(_ byteCount: Int) {
        let total = max(graph.weightOrder.reduce(0) { $0 + (graph.weights[$1]?.source.byteCount ?? 0) }, 1)
        progress?(Conversion.Progress(stage: "writing", fraction: min(Double(byteCount) / Double(total), 1)))
    }
}
