import ByteIO
import GraphExport
import LayoutConversion
import ModelCore
import ModelGraph
import SafetensorsFormat
import TorchFormat
import Verification
import ZIPArchive

/// State dicts: written, read back and compared bit for bit before they get their names.
struct StateDictOutput {
    let graph: Graph
    /// How the tensors of the network's own state dict come out of the graph; `nil` where it was made of none.
    let record: StateDictRecord?
    let format: OutputFormat
    let options: Conversion.Options
    let progress: ((Conversion.Progress) -> Void)?

    /// - Returns: the size of the file that was written and committed.
    /// - Throws: `export.state-dict`; `output.*`; `verify.*` where a tensor comes back otherwise.
    func write(to output: consuming AtomicOutput, source: String) throws(ModelError) -> Int {
        let path = output.path
        let tensors: [(name: String, source: WeightSource)]
        do throws(ModelError) {
            if let record {
                tensors = try StateDictExport.tensors(of: graph, record: record)
            } else {
                tensors = try StateDictExport.tensors(of: try LayoutConversion.convert(graph, to: .channelsFirst, interface: .wanted).graph)
            }
        } catch { throw error.locating(file: source) }
        guard !tensors.isEmpty else {
            throw ModelError(Problem("export.state-dict", "the network has no weights", at: Location(file: source)))
        }
        let total = Double(max(tensors.reduce(0) { $0 + $1.source.byteCount }, 1))
        func report(_ byteCount: Int) { progress?(Conversion.Progress(stage: "writing", fraction: Double(byteCount) / total)) }
        let written =
            format == .safetensors
            ? try SafetensorsWriter.write(tensors, metadata: ["format": "pt"], to: output, progress: report)
            : try TorchWriter.write(tensors, to: output, progress: report)
        if options.verifies { try compare(try Self.read(written.temporaryPath, format), with: tensors, at: path) }
        let size = written.byteCount
        try written.commit()
        return size
    }

    private static func read(_ path: String, _ format: OutputFormat) throws(ModelError) -> [String: WeightSource] {
        let file = try MappedFile(path: path)
        let tensors =
            format == .safetensors
            ? try SafetensorsFile(file).tensors.map { ($0.name, $0.source) }
            : try TorchArchive.read(try ZIPReader(file, caseMatters: true)).tensors.map { ($0.name, $0.source) }
        return Dictionary(tensors, uniquingKeysWith: { first, _ in first })
    }

    private func compare(
        _ written: [String: WeightSource], with tensors: [(name: String, source: WeightSource)], at path: String
    ) throws(ModelError) {
        var done = 0
        var problems: [Problem] = []
        for (name, source) in tensors {
            guard let other = written[name], try source.hasBits(of: other) else {
                problems.append(
                    Problem("verify.weights", "tensor '\(name)' does not come back as it was written", at: Location(file: path, path: name)))
                continue
            }
            done += 1
            progress?(Conversion.Progress(stage: "comparing", fraction: Double(done) / Double(tensors.count)))
        }
        if written.count != tensors.count {
            problems.append(Problem("verify.weights", "\(written.count) tensors come back, \(tensors.count) were written", at: Location(file: path)))
        }
        if let error = ModelError(problems) { throw error }
    }
}
