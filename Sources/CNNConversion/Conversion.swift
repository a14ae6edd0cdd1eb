import ByteIO
import CNNMFormat
import GraphExport
import GraphImport
import KerasFormat
public import ModelCore
import ModelGraph
import Verification

/// From a framework's file to a `.cnnm`, and back to Keras and PyTorch.
public enum Conversion {
    /// How to convert.
    public struct Options: Sendable {
        /// Whether the result is read back, compared with its source and tried on both engines before it gets its name.
        public var verifies = true
        /// Threads for the trial: 1 to 256; other numbers become the nearest of these.
        public var threads = ThreadCount.available {
            didSet { threads = ThreadCount.clamped(threads) }
        }
        /// The file that has the architecture of a Keras file of weights only, or one in place of a Keras file's own: the text of
        /// `model.to_json()`, a `config.json`, or a `.keras`,
        /// `.h5` or `.cnnm` file.
        public var config: String?
        /// The name of the network whose weights a file of weights only has, one of `architectures`; or a `.cnnm` that was made of such a file, or its
        /// header alone, as `.json`. Without it and `config`, the network is found by the file's names and shapes.
        public var architecture: String?
        /// Where the network's tensors are in a checkpoint of PyTorch that holds several: its keys joined by dots, `model_ema`, or what the names begin
        /// with. Without it, the entry is found, and `Summary.remarks` say which.
        public var entry: String?
        /// Whether tensors of a state dict that no layer reads, such as those of auxiliary classifiers, are kept in a `.cnnm`, to come back with the others.
        public var keepsUnused = false
        /// Sizes for inputs that the file leaves open.
        public var inputShapes: [InputShape] = []

        /// The defaults.
        public init() {}
    }

    /// What is going on, for a progress bar.
    public struct Progress: Sendable, Hashable {
        /// `reading`, `writing`, `comparing` or `verifying`.
        public let stage: String
        /// From 0 to 1 within the stage.
        public let fraction: Double
    }

    /// The networks that are known by name: the constructors of keras.applications, and those of torchvision.
    public static var architectures: [String] { ArchitectureCatalogue.names + TorchCatalogue.names }

    /// Converts the model at `input` and writes it to `output`.
    ///
    /// The output gets its name only when it is complete and has passed; an older file of that name stays as it was until then.
    /// Several threads may convert at once. `progress` is called on the thread that called this function.
    ///
    /// The input must not be shortened meanwhile. A file of more than 16 MiB is mapped into memory, and the system ends a program (SIGBUS) that
    /// touches a part which another program has cut off; what is changed and not cut is noticed, as `file.changed`.
    ///
    /// Its name says what is written: `.cnnm`; `.h5` or `.hdf5`, a whole model for Keras 2 and 3; `.keras`, a whole model for Keras 3;
    /// `.weights.h5`, the variables of a Keras 3 model without its architecture; `.pth`, `.pt` and `.safetensors`, a state dict of PyTorch.
    /// - Throws: `convert.output-format` for an output of another name; `file.*`, `format.*`, `hdf5.*`, `keras.*`, `graph.*` for the input;
    ///   `model.negative-variance`; `export.unsupported` for what Keras has no layer for; `output.*`; `verify.*` if the result is not the same network.
    public static func convert(
        input: String, output: String, options: Options = Options(), progress: ((Progress) -> Void)? = nil
    ) throws(ModelError) -> Summary {
        let format = try OutputFormat(path: output)
        progress?(Progress(stage: "reading", fraction: 0))
        switch format {
        case .cnnm: break
        case .kerasModel, .kerasVariables, .kerasArchive, .torch, .safetensors:
            return try convertBack(format, input: input, output: output, options: options, progress: progress)
        }
        let architecture = try ArchitectureSource(file: options.config, name: options.architecture)
        var destination = try AtomicOutput(path: output, inputs: [input] + [architecture?.path].compactMap(\.self))
        let model = try LoadedModel(path: input, architecture: architecture, entry: options.entry, inputShapes: options.inputShapes)
        let reading = try model.reading()
        var graph = reading.graph
        do throws(ModelError) { try ValueCheck.check(graph) } catch { throw error.locating(file: input) }
        let record = try model.record(of: reading, in: &graph, keepsUnused: options.keepsUnused)
        let document = try model.document(graph, record)
        let recorder = document.fingerprints == nil ? FingerprintRecorder(graph, threads: options.threads) : nil

        let total = Double(max(graph.weightOrder.reduce(0) { $0 + (graph.weights[$1]?.source.byteCount ?? 0) }, 1))
        do throws(ModelError) {
            try CNNMWriter.write(
                recorder?.prepared(document) ?? document, to: &destination,
                progress: { bytes in progress?(Progress(stage: "writing", fraction: Double(bytes) / total)) }, fingerprint: recorder?.record)
        } catch {
            throw error.locating(file: input)
        }
        let byteCount = destination.byteCount
        var report: VerificationReport?
        if options.verifies {
            if let failure = ModelError(try reading.layoutProblems(threads: options.threads)) { throw failure.locating(file: output) }
            let written = try CNNMFile(path: destination.temporaryPath)
            try written.checkIntegrity()
            let comparison = try ModelComparison(of: written.document.graph, with: graph) { fraction in
                progress?(Progress(stage: "comparing", fraction: fraction))
            }
            if let failure = ModelError(comparison.problems + (try KeptTensors.problems(written.document.graph, graph))) { throw failure }
            report = try GraphVerification.verify(written.document.graph, threads: options.threads, sizes: recorder?.sizes) { done, count in
                progress?(Progress(stage: "verifying", fraction: Double(done) / Double(count)))
            }
        }
        if let failure = report?.failure { throw failure.locating(file: output) }
        try destination.commit()
        return Summary(model, outputBytes: byteCount, report, reading, record)
    }

    /// To a file of a framework.
    private static func convertBack(
        _ format: OutputFormat, input: String, output: String, options: Options, progress: ((Progress) -> Void)?
    ) throws(ModelError) -> Summary {
        let architecture = try ArchitectureSource(file: options.config, name: options.architecture)
        let destination = try AtomicOutput(path: output, inputs: [input] + [architecture?.path].compactMap(\.self))
        let model = try LoadedModel(path: input, architecture: architecture, entry: options.entry, inputShapes: options.inputShapes)
        let reading = try model.reading()
        var graph = reading.graph
        do throws(ModelError) { try ValueCheck.check(graph) } catch { throw error.locating(file: input) }
        let byteCount: Int
        var record: StateDictRecord?
        var verdict = options.verifies ? Verdict.identical : nil
        var remarks: [String] = []
        switch format {
        case .torch, .safetensors:
            record = try model.record(of: reading, in: &graph, keepsUnused: options.keepsUnused)
            let writer = StateDictOutput(graph: graph, record: record, format: format, options: options, progress: progress)
            byteCount = try writer.write(to: destination, source: input)
        case .cnnm, .kerasModel, .kerasVariables, .kerasArchive:
            let writer = KerasOutput(graph: graph, format: format, options: options, progress: progress)
            let result = try writer.write(to: destination, source: input)
            (byteCount, verdict, remarks) = (result.byteCount, result.verdict, result.remarks)
        }
        var summary = Summary(model, outputBytes: byteCount, verdict: verdict, reading, record)
        summary.remarks += remarks
        return summary
    }

    /// Lets a signal that ends the program remove what it was writing.
    package static func removeUnfinishedOutputsOnSignals() {
        AtomicOutput.removeUnfinishedOnSignals()
    }

    /// What was read, what was written, and the verdict.
    public struct Summary: Sendable, Hashable {
        /// What the input was, such as `Keras 2.15.0 (tensorflow), HDF5`.
        public let format: String
        /// The size of the input.
        public let inputBytes: Int
        /// The size of the output.
        public let outputBytes: Int
        /// Nodes of the network.
        public let layers: Int
        /// Numbers in all weights.
        public let parameters: Int
        /// How many weights there are; each equals its source in every bit if the conversion verified.
        public let weights: Int
        /// `identical`, `rounding` or `inconclusive`; `nil` without verification.
        public let verdict: String?
        /// The largest difference in units of what rounding may cause, at most 1; `nil` without verification, and for Keras files, which no engine of
        /// cnnconvert runs.
        public let rho: Double?
        /// The sizes with which the network was tried, by the names of its inputs, where it leaves some but the first open; empty without verification.
        public let trialSizes: [String: [Int]]
        /// What there is to know about how the input was read, one sentence each.
        public fileprivate(set) var remarks: [String]
        /// What became of the axes of each weight, in the order of the layers; empty for a `.cnnm`.
        public let weightLayouts: [WeightLayout]
        /// What a file of weights alone was taken for; the verdict is one about these weights in that architecture. `nil` where the file has its own.
        public let assumedArchitecture: AssumedArchitecture?
        /// The tensors of the network's state dict that no layer reads and that are left out.
        public let unusedTensors: [String]
        /// The tensors of the network's state dict that only served to compute weights, and are left out.
        public let consumedTensors: [String]

        fileprivate init(
            _ model: LoadedModel, outputBytes: Int, _ report: VerificationReport?, _ reading: LoadedModel.Reading, _ record: StateDictRecord?
        ) {
            self.init(model, outputBytes, report?.verdict, report?.rho, report?.inputs ?? [:], reading, record)
        }

        fileprivate init(
            _ model: LoadedModel, outputBytes: Int, verdict: Verdict?, _ reading: LoadedModel.Reading, _ record: StateDictRecord?
        ) {
            self.init(model, outputBytes, verdict, nil, [:], reading, record)
        }

        private init(
            _ model: LoadedModel, _ outputBytes: Int, _ verdict: Verdict?, _ rho: Double?, _ sizes: [String: [Int]], _ reading: LoadedModel.Reading,
            _ record: StateDictRecord?
        ) {
            let graph = reading.graph
            format = model.formatName
            inputBytes = model.byteCount
            self.outputBytes = outputBytes
            layers = graph.nodes.count
            parameters = graph.weightOrder.reduce(0) { $0 + (graph.weights[$1]?.source.count ?? 0) }
            weights = graph.weightOrder.count
            self.verdict = verdict?.rawValue
            self.rho = rho
            let open = Set(graph.inputs.filter { $0.shape.sizes.dropFirst().contains(nil) }.map(\.name))
            trialSizes = sizes.filter { open.contains($0.key) }
            remarks = reading.remarks + graph.remarks(aboutDerivedWeights: false)
            weightLayouts = WeightLayout.all(in: reading)
            assumedArchitecture = model.assumption
            (unusedTensors, consumedTensors) = (record?.unused ?? [], record?.consumed ?? [])
        }
    }
}

extension LoadedModel {
    /// The document to write for this model with this graph.
    fileprivate func document(_ graph: Graph, _ record: StateDictRecord?) throws(ModelError) -> CNNMDocument {
        switch content {
        case .cnnm(let file):
            try file.checkIntegrity()
            return file.document
        case .keras(let model): return try document(graph, nil, framework: "Keras", version: model.kerasVersion)
        case .tensors(let file): return try document(graph, record, framework: "PyTorch", version: file.frameworkVersion)
        }
    }

    private func document(
        _ graph: Graph, _ record: StateDictRecord?, framework: String, version: String?
    ) throws(ModelError) -> CNNMDocument {
        let digest = try MappedFile(path: path).digest()
        let name = path.split(separator: "/").last.map(String.init)
        return CNNMDocument(
            graph, producer: .init(name: "cnnconvert", version: Product.version),
            source: .init(framework: framework, version: version, file: name, digest: digest),
            preprocessing: about(graph).preprocessing, metadata: about(graph).metadata.merging(record?.metadata ?? [:]) { first, _ in first })
    }
}

extension LoadedModel {
    /// What is known about a model besides its graph: from its file, or from the catalogue.
    func about(_ graph: Graph) -> (preprocessing: [CNNMDocument.Preprocessing], metadata: [String: String]) {
        switch content {
        case .cnnm(let file): (file.document.preprocessing, file.document.metadata)
        case .keras: (match?.preprocessing.described(for: graph) ?? [], metadata(classes: match?.classes))
        case .tensors: (torchMatch?.preprocessing?.described(for: graph) ?? [], metadata(classes: torchMatch?.classes))
        }
    }

    private func metadata(classes: Int?) -> [String: String] {
        var metadata = assumption?.metadata ?? [:]
        if let classes { metadata["classes"] = String(classes) }
        return metadata
    }

    /// How the tensors of the state dict that the network was made of come out of its weights; `nil` for one that was made of none. With `keepsUnused`,
    /// those that no layer reads are added to the graph.
    fileprivate func record(
        of reading: Reading, in graph: inout Graph, keepsUnused: Bool
    ) throws(ModelError) -> StateDictRecord? {
        if case .cnnm(let file) = content { return StateDictRecord(metadata: file.document.metadata) }
        if let record = try templateRecord() { return record }
        guard let dict = reading.stateDict else { return nil }
        return try StateDictRecord(of: dict, in: &graph, keepsUnused: keepsUnused)
    }
}

extension PixelPreprocessing {
    fileprivate func described(for graph: Graph) -> [CNNMDocument.Preprocessing] {
        graph.inputs.map { CNNMDocument.Preprocessing(input: $0.name, channelOrder: channelOrder, scale: scale, offset: offset) }
    }
}

extension VerificationReport {
    /// The first node that rounding does not explain, as an error.
    package var failure: ModelError? {
        guard let node = firstDifferent else { return nil }
        var text = "layer '\(node.name)' (\(node.operation)) is not what its definition gives"
        if let worst = node.worst {
            text += ": element \(worst.index) is \(worst.got) in the \(worst.engine) engine, exactly \(worst.exact), with a bound of \(worst.bound)"
        }
        return ModelError(
            Problem(
                "verify.different", text, kind: .different, at: Location(node: node.name),
                hint: "this is a fault of cnnconvert; please report it with the model"))
    }
}
