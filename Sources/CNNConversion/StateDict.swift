import ByteIO
import CNNMFormat
import GraphImport
import ModelCore
import ModelGraph
import TorchFormat
import Verification

/// The network of the catalogue whose tensors a file has, and how it was found.
struct TorchRecognition {
    let match: TorchMatch
    let assumption: AssumedArchitecture
    let remarks: [String]

    /// The network of this name, or the one that fits and that the file does not deny.
    /// - Throws: `convert.config` for a file that has a graph; what `TorchCatalogue.match` and `networkTensors` throw for a name.
    init?(_ file: TensorFile, name: String?, entry: String?) throws(ModelError) {
        if let name {
            try file.requireNoGraph("the architecture")
            let tensors = try file.networkTensors(entry: entry)
            self.init(try TorchCatalogue.match(stateDict: tensors.tensors, name: name), .caller, tensors.remarks + Self.denial(file, name))
            return
        }
        // TorchScript has a graph of its own, which may be another.
        if case .torchScript = file { return nil }
        if case .torchProgram = file { return nil }
        guard let tensors = try? file.networkTensors(entry: entry), let match = TorchCatalogue.match(stateDict: tensors.tensors) else { return nil }
        var evidence = AssumedArchitecture.Evidence.tensors
        if let stated = file.stated {
            guard TorchStatedName(stated, for: match.name) == .agrees else { return nil }
            if stated.name.lowercased() == match.name { evidence = .file }
        }
        self.init(match, evidence, tensors.remarks)
    }

    private init(_ match: TorchMatch, _ evidence: AssumedArchitecture.Evidence, _ remarks: [String]) {
        self.match = match
        assumption = AssumedArchitecture(name: match.name, evidence: evidence, alike: match.alike)
        let found = "the file has no architecture; its weights are taken for those of \(match.title)"
        self.remarks = [found] + remarks + match.remarks
    }

    private static func denial(_ file: TensorFile, _ name: String) -> [String] {
        guard let stated = file.stated, TorchStatedName(stated, for: name.lowercased()) != .agrees else { return [] }
        return ["the file says that its network is '\(stated.name)' (\(stated.key))"]
    }
}

extension TensorFile {
    func requireNoGraph(_ subject: String) throws(ModelError) {
        guard case .torchProgram = self else { return }
        throw ModelError(
            Problem(
                "convert.config", "a program of torch.export has an architecture of its own", kind: .usage, hint: "leave \(subject) out"))
    }

    /// The graph in a `.cnnm` that was made of a network of PyTorch, or in the header of one.
    /// - Throws: `convert.config` for a file that has a graph itself, and for a `.cnnm` of another framework; what opening it throws.
    func template(_ path: String) throws(ModelError) -> CNNMDocument {
        try requireNoGraph("the architecture")
        let file = try MappedFile(path: path)
        let document = CNNMFile.recognises(prefix: file.bytes.prefix(8)) ? try CNNMFile(file).document : try CNNMDocument(header: file)
        guard document.source?.framework == "PyTorch" else {
            throw ModelError(
                Problem(
                    "convert.config", "was not made of a network of PyTorch, whose tensors have other names and axes", kind: .usage,
                    at: Location(file: path)))
        }
        return document
    }

    /// A graph in the engine's layout with these tensors, which come with PyTorch's axes.
    /// - Throws: what `TorchReplacement.graph` and `networkTensors` throw; `torch.tied-weight` for two tensors that are one in the template.
    func filling(_ template: CNNMDocument, entry: String?) throws(ModelError) -> Graph {
        guard let record = StateDictRecord(metadata: template.metadata) else {
            throw ModelError(
                Problem(
                    "convert.config", "the .cnnm that is to give the architecture does not say which tensors its weights are",
                    hint: "convert the network itself again"))
        }
        let (graph, ties) = try TorchReplacement.graph(template.graph, record: record, with: try networkTensors(entry: entry).tensors)
        for tie in ties where try !tie.source.hasBits(of: tie.otherSource) {
            throw ModelError(
                Problem(
                    "torch.tied-weight", "'\(tie.name)' and '\(tie.other)' differ, and are one weight in the converted network",
                    at: Location(path: tie.source.origin)))
        }
        _ = try graph.inferShapes()
        return graph
    }

    /// Why the file is no network that can be converted.
    func obstacle(entry: String?) -> ModelError {
        let tensors: [(name: String, source: WeightSource)]
        do throws(ModelError) { tensors = try networkTensors(entry: entry).tensors } catch { return error }
        let match = TorchCatalogue.match(stateDict: tensors)
        if let stated, let error = Self.denial(stated, match, tensors) { return error }
        let export = "export the network itself, torch.export.save(torch.export.export(model.eval(), (x,)), \"model.pt2\"), or trace it"
        // What would be said of the nearest network, if it was asked for.
        let nearest = TorchCatalogue.nearest(stateDict: tensors).map { nearest in
            ["nearest is \(nearest.name)"] + nearest.differences.prefix(3).map(\.message)
        }
        return ModelError(
            Problem(
                "torch.no-architecture", "the file has weights and no architecture, and they are those of no network in the catalogue", hint: export,
                causes: nearest ?? []))
    }

    /// Why a file is not the network of the catalogue that its tensors look like: it names another.
    private static func denial(
        _ stated: StatedArchitecture, _ match: TorchMatch?, _ tensors: [(name: String, source: WeightSource)]
    ) -> ModelError? {
        let says = "the file says that its network is '\(stated.name)' (\(stated.key))"
        switch TorchStatedName(stated, for: match?.name) {
        case .agrees: return nil
        case .other(let name):
            do throws(ModelError) { _ = try TorchCatalogue.match(stateDict: tensors, name: name) } catch {
                let problem = Problem(
                    "torch.architecture-name", "\(says), and its tensors are not those of \(name)",
                    hint: match.map { "its tensors have the names and shapes of \($0.name): name that architecture if it is meant" })
                return ModelError([problem] + error.problems)
            }
            return nil
        case .unknown:
            guard let match else { return nil }
            return ModelError(
                Problem(
                    "torch.architecture-name",
                    "\(says), which is not in the catalogue; its tensors have the names and shapes of \(match.name), which may compute something else",
                    hint:
                        "export the network itself with torch.export; or name the architecture \(match.name) if it has the strides, pools and activations of that"
                ))
        }
    }
}
