import ByteIO
package import CNNMFormat
import GraphImport
package import KerasFormat
import LayoutConversion
package import ModelCore
package import ModelGraph
import Verification

/// Where the architecture of a file of weights only is.
package enum ArchitectureSource: Sendable {
    /// In this file.
    case file(String)
    /// In the catalogue, under this name.
    case name(String)

    /// - Parameter name: one of a catalogue, or a `.cnnm` or `.json` file.
    /// - Throws: `convert.config` for both.
    package init?(file: String?, name: String?) throws(ModelError) {
        switch (file, name) {
        case (nil, nil): return nil
        case (let file?, nil): self = .file(file)
        case (nil, let name?) where name.hasSuffix(".cnnm") || name.hasSuffix(".json"): self = .file(name)
        case (nil, let name?): self = .name(name)
        default:
            throw ModelError(
                Problem(
                    "convert.config", "`Conversion.Options.config` and `Conversion.Options.architecture` both give an architecture", kind: .usage,
                    hint: "leave one out"))
        }
    }

    /// The file that it is in.
    var path: String? {
        if case .file(let path) = self { path } else { nil }
    }

    /// The name in the catalogue.
    var name: String? {
        if case .name(let name) = self { name } else { nil }
    }

    var option: String {
        switch self {
        case .file: "`Conversion.Options.config`"
        case .name: "`Conversion.Options.architecture`"
        }
    }
}

/// A model that has been opened, in whatever format.
package struct LoadedModel: Sendable {
    package let path: String
    package let byteCount: Int
    package let content: Content
    /// Sizes for what the file leaves open.
    private let inputShapes: [InputShape]
    /// The network that a file of weights only fills, where it is given as a `.cnnm`.
    private var template: CNNMDocument?
    /// The file whose architecture is read in place of that of the file itself.
    private var edited: String?
    /// The network of the catalogue that a Keras file of weights only fills.
    private(set) var match: ArchitectureMatch?
    /// The network of the catalogue whose tensors a file of PyTorch has.
    private var recognition: TorchRecognition?
    /// Where the network's tensors are in a checkpoint; found where it is `nil`.
    private let entry: String?
    /// What a file of weights alone was taken for.
    package private(set) var assumption: AssumedArchitecture?

    /// The network of the catalogue whose tensors a file of PyTorch has.
    var torchMatch: TorchMatch? { recognition?.match }

    package enum Content: Sendable {
        case cnnm(CNNMFile)
        case keras(KerasModel)
        case tensors(TensorFile)
    }

    /// Opens a file of any supported format; no weight is read.
    /// - Parameters:
    ///   - architecture: where the architecture is, for a file of weights only.
    ///   - entry: where the network's tensors are in a checkpoint of PyTorch: its keys, or what names begin with.
    ///   - inputShapes: sizes for what the file leaves open.
    /// - Throws: `file.*`, `format.*`, and what the format's reader throws; `convert.config` for an architecture that the format does not take, and
    ///   `convert.entry` for an entry; `keras.architecture-name` and every difference for a network of the catalogue that the weights are not of.
    package init(
        path: String, architecture: ArchitectureSource? = nil, entry: String? = nil, inputShapes: [InputShape] = []
    ) throws(ModelError) {
        let file = try MappedFile(path: path)
        self.inputShapes = inputShapes
        self.path = path
        self.entry = entry
        byteCount = file.size
        do throws(ModelError) {
            let format = try SourceFormat.detect(file)
            if entry != nil { try Self.requireEntries(format) }
            let model: KerasModel
            switch format {
            case .cnnm:
                if let architecture {
                    throw ModelError(
                        Problem(
                            "convert.config", "a .cnnm file has an architecture of its own", kind: .usage, hint: "leave \(architecture.option) out"))
                }
                content = .cnnm(try CNNMFile(file))
                return
            case .kerasHDF5: model = try KerasFile.read(path: path)
            case .kerasArchive: model = try KerasArchive.read(file)
            case .kerasShards: model = try KerasShards.read(file)
            case .torchArchive, .torchLegacy, .torchTar, .torchProgram, .safetensors:
                let tensors = try TensorFile(file, format)
                content = .tensors(tensors)
                if case .file(let path) = architecture {
                    template = try tensors.template(path)
                } else {
                    recognition = try TorchRecognition(tensors, name: architecture?.name, entry: entry)
                    assumption = recognition?.assumption
                }
                return
            }
            switch architecture {
            case .file(let file):
                let config = try MappedFile(path: file)
                if CNNMFile.recognises(prefix: config.bytes.prefix(8)) {
                    template = try Self.template(config, for: model)
                    content = .keras(model)
                } else {
                    content = .keras(try model.adopting(KerasArchitecture.read(config)))
                    edited = model.configuration == nil ? nil : file
                }
            case .name(let name):
                let found = try ArchitectureCatalogue.match(model, name: name)
                match = found
                content = .keras(found.model)
                assumption = AssumedArchitecture(found, .caller)
            case nil:
                match = model.configuration == nil ? try ArchitectureCatalogue.match(model) : nil
                content = .keras(match?.model ?? model)
                assumption = match.map { AssumedArchitecture($0, .tensors) }
            }
        } catch {
            throw error.locating(file: path)
        }
    }

    private static func requireEntries(_ format: SourceFormat) throws(ModelError) {
        switch format {
        case .torchArchive, .torchLegacy, .torchTar, .safetensors: return
        case .cnnm, .kerasHDF5, .kerasArchive, .kerasShards, .torchProgram:
            throw ModelError(
                Problem(
                    "convert.entry", "the file holds one network and nothing beside it", kind: .usage, hint: "leave the entry out"))
        }
    }

    private static func template(_ file: MappedFile, for model: KerasModel) throws(ModelError) -> CNNMDocument {
        guard model.configuration == nil else { throw KerasModel.architectureTwice(option: "`Conversion.Options.config`") }
        do throws(ModelError) {
            let document = try CNNMFile(file).document
            guard document.source?.framework == "Keras" else {
                throw ModelError(
                    Problem("convert.config", "was not made of a Keras model, whose weights have other names and axes", kind: .usage))
            }
            return document
        } catch {
            throw error.locating(file: file.path)
        }
    }

    /// The network in the engine's layout.
    /// - Throws: every layer that stands in the way, and what imports throw.
    package func graph() throws(ModelError) -> Graph {
        try reading().graph
    }

    /// A network, what its reader found worth saying about how it was read, and which of its weights were rearranged.
    struct Reading {
        let graph: Graph
        let remarks: [String]
        let rearrangements: [WeightRearrangement]
        /// The state dict that it was made of.
        let stateDict: SourceStateDict?
        /// The network in the source's own layout, where that is another.
        private let source: (graph: Graph, interface: LayoutConversion.Interface)?

        init(_ graph: Graph) { (self.graph, remarks, rearrangements, stateDict, source) = (graph, [], [], nil, nil) }

        init(
            _ source: Graph, interface: LayoutConversion.Interface, remarks: [String], stateDict: SourceStateDict? = nil
        ) throws(ModelError) {
            self.stateDict = stateDict
            let result = try LayoutConversion.convert(source, to: .channelsLast, interface: interface)
            (graph, rearrangements, self.remarks) = (result.graph, result.rearrangements, remarks)
            self.source = (source, interface)
        }

        /// What the conversion of the layout has changed about the network, tried on small integers: nothing, or it is a fault.
        func layoutProblems(threads: Int) throws(ModelError) -> [Problem] {
            guard let source else { return [] }
            let trial = try StructureTrial(of: source.graph, threads: threads) { graph throws(ModelError) in
                let result = try LayoutConversion.convert(graph, to: .channelsLast, interface: source.interface)
                return (result.graph, result.orders)
            }
            return try trial.problems()
        }
    }

    /// Where the tensors of a file are that fills a `.cnnm`: as there, with counters of its own.
    func templateRecord() throws(ModelError) -> StateDictRecord? {
        guard case .tensors(let file) = content, let template, var record = StateDictRecord(metadata: template.metadata) else { return nil }
        let own = Dictionary(try file.networkTensors(entry: entry).tensors, uniquingKeysWith: { first, _ in first })
        for name in record.counters.keys { record.counters[name] = try own[name]?.onlyInteger() }
        return record
    }

    /// - Throws: as `graph` does.
    func reading() throws(ModelError) -> Reading {
        do throws(ModelError) {
            switch content {
            case .cnnm(let file): return Reading(try file.document.graph.filling(inputShapes))
            case .keras(let model):
                if let template { return Reading(try KerasReplacement.graph(template.graph, with: model).filling(inputShapes)) }
                let result = try KerasImporter.convert(model)
                var remarks = match.map { ["the file has no architecture; its weights are taken for those of \($0.title)"] } ?? []
                if let edited { remarks.append("the file's own architecture is left aside for that of '\(edited)'") }
                if result.isMatchedByOrder {
                    remarks.append("the layers' names are others in the weights than in the architecture: matched by order, as Keras does")
                }
                if !result.sharedLayers.isEmpty {
                    remarks.append("models share layers, whose weights are in the file once: \(result.sharedLayers.joined(separator: ", "))")
                }
                return try Reading(result.graph.filling(inputShapes), interface: .source, remarks: remarks)
            case .tensors(.torchProgram(let program)):
                return try reading(TorchNetwork(program, inputShapes: inputShapes))
            case .tensors(.torchScript(let script)) where recognition == nil:
                return try reading(TorchNetwork(script, inputShapes: inputShapes))
            case .tensors(let file):
                if let template { return Reading(try file.filling(template, entry: entry).filling(inputShapes)) }
                guard let recognition else { throw file.obstacle(entry: entry) }
                return try Reading(
                    try TorchImporter.graph(from: recognition.match.network.filling(inputShapes)), interface: .wanted, remarks: recognition.remarks,
                    stateDict: SourceStateDict(recognition.match))
            }
        } catch {
            throw error.locating(file: path)
        }
    }

    /// A network that the file itself holds.
    private func reading(_ network: TorchNetwork) throws(ModelError) -> Reading {
        guard case .tensors(let file) = content else { return try Reading(try TorchImporter.graph(from: network), interface: .wanted, remarks: []) }
        return try Reading(
            try TorchImporter.graph(from: network), interface: .wanted, remarks: [], stateDict: SourceStateDict(file, network))
    }

    /// What the file is: `Keras 2.15.0 (tensorflow), HDF5`.
    package var formatName: String {
        switch content {
        case .cnnm: "cnnm"
        case .keras(let model): model.description
        case .tensors(let file): file.description
        }
    }
}

extension Graph {
    /// The graph for inputs of these sizes.
    /// - Throws: `convert.input-shape`, and what `inferShapes` throws.
    fileprivate func filling(_ shapes: [InputShape]) throws(ModelError) -> Graph {
        guard !shapes.isEmpty else { return self }
        var graph = self
        for (index, shape) in try InputShape.filled(inputs.map { ($0.name, $0.shape) }, with: shapes).enumerated() {
            graph.inputs[index].shape = shape
        }
        _ = try graph.inferShapes()
        return graph
    }
}
