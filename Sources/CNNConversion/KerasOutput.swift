import ByteIO
import GraphExport
import GraphImport
import KerasFormat
import LayoutConversion
import ModelCore
import ModelGraph

/// Keras files: written, read back and held against the graph before they get their names.
struct KerasOutput {
    let graph: Graph
    let format: OutputFormat
    let options: Conversion.Options
    let progress: ((Conversion.Progress) -> Void)?

    /// - Returns: the size of the file that was written and committed.
    /// - Throws: `export.unsupported`; `hdf5.name`; `output.*`; `verify.*` where the result is not the same network.
    func write(to output: consuming AtomicOutput, source: String) throws(ModelError) -> Int {
        let path = output.path
        let export: KerasExport
        do throws(ModelError) {
            export = try KerasExporter.export(graph, for: format == .kerasModel ? .everyVersion : .keras3)
        } catch { throw error.locating(file: source) }
        switch format {
        case .cnnm, .torch, .safetensors: return 0
        case .kerasModel:
            return try finish(try KerasModelWriter.write(export.model, to: output, progress: report)) { written throws(ModelError) in
                try KerasFile.read(path: written)
            }
        case .kerasVariables:
            return try finish(try KerasVariableFile.write(export.variables, to: output, progress: report)) { written throws(ModelError) in
                let file = try KerasFile.read(path: written)
                return KerasModel(
                    container: file.container, configuration: export.model.configuration, kerasVersion: export.model.kerasVersion, backend: nil,
                    layers: file.layers, addressing: file.addressing)
            }
        case .kerasArchive:
            return try finish(try archive(export, path: path, to: output)) { written throws(ModelError) in
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
        _ output: consuming AtomicOutput, read: (String) throws(ModelError) -> KerasModel
    ) throws(ModelError) -> Int {
        if options.verifies {
            do throws(ModelError) {
                let written = try LayoutConversion.channelsLast(try KerasImporter.graph(from: try read(output.temporaryPath)))
                try GraphComparison.compare(written, with: graph, threads: options.threads) { fraction in
                    progress?(Conversion.Progress(stage: "comparing", fraction: fraction))
                }
            } catch { throw error.locating(file: output.path) }
        }
        let size = output.byteCount
        try output.commit()
        return size
    }

    private func report(_ byteCount: Int) {
        let total = max(graph.weightOrder.reduce(0) { $0 + (graph.weights[$1]?.source.byteCount ?? 0) }, 1)
        progress?(Conversion.Progress(stage: "writing", fraction: min(Double(byteCount) / Double(total), 1)))
    }
}
