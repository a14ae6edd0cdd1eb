package import ByteIO
package import ModelCore
package import ZIPArchive

/// What `torch.export.save` wrote: a graph as JSON, and the weights that it names.
///
/// | PyTorch | graph | weights and constants |
/// |---|---|---|
/// | 2.1 to 2.7 | `serialized_exported_program.json` | `serialized_state_dict.pt` (`.json` in 2.1), `serialized_constants.pt` |
/// | 2.8 | `models/NAME.json` | `data/weights/NAME.pt`, `data/constants/NAME.pt` |
/// | 2.9 and later | `models/NAME.json` | `data/weights/weight_0` and so on, and a list of them; the same in `data/constants` |
///
/// Inputs that were recorded as samples are not looked at.
package struct TorchProgram: Sendable {
    /// The graph with its signature, as the file has it; the schema is that of `schemaVersion`.
    package let program: JSONValue
    /// Major and minor.
    package let schemaVersion: (major: Int, minor: Int)
    /// The version of PyTorch that wrote the file, where the file says it.
    package let torchVersion: String?
    /// Parameters and buffers by the names that the signature has for them.
    package let weights: [TorchTensor]
    /// Tensors that are neither, by the names that the signature has for them.
    package let constants: [TorchTensor]
}

extension TorchProgram: CustomStringConvertible {
    /// `PyTorch 2.13.0+cpu, exported program`.
    package var description: String { "PyTorch \(torchVersion ?? "2"), exported program" }
}

extension TorchProgram {
    private static let oldGraph = "serialized_exported_program.json"
    /// Those of PyTorch 2.1 to 2.13. A higher major number means that what is known has another meaning.
    private static let majorVersions = 1...8

    /// Whether an archive is one of these, complete or not.
    package static func recognises(_ archive: ZIPReader) -> Bool {
        archive.entry(named: oldGraph) != nil || archive.entries.contains { graphParts($0.name) != nil }
    }

    /// What comes before `models/NAME.json`, and the name.
    private static func graphParts(_ entry: String) -> (root: String, name: String)? {
        let parts = entry.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count >= 2, parts[parts.count - 2] == "models", let last = parts.last, last.hasSuffix(".json"), last.utf8.count > 5 else {
            return nil
        }
        return (parts.dropLast(2).map { $0 + "/" }.joined(), String(last.dropLast(5)))
    }

    /// Reads the graph and lists the tensors, none of whose elements are read.
    ///
    /// - Throws: `torch.member`, `torch.several-programs`, `torch.schema-version`, `torch.payload`, `torch.element-type`, `torch.byte-order`, codes of
    ///   `JSON`, `TorchArchive`, `TorchCheckpoint` and `ZIPReader`.
    package static func read(_ archive: ZIPReader) throws(ModelError) -> TorchProgram {
        do throws(ModelError) {
            if archive.entry(named: oldGraph) != nil { return try old(archive) }
            let graphs = archive.entries.compactMap { graphParts($0.name) }
            guard let graph = graphs.first, graphs.count == 1 else {
                throw torchProblem(
                    "several-programs",
                    "the archive has \(graphs.count) programs, one was expected: \(graphs.map(\.name.excerpt).joined(separator: ", "))")
            }
            try TorchArchive.requireLittleEndian(archive, graph.root)
            func tensors(_ folder: String, _ list: String) throws(ModelError) -> [TorchTensor] {
                if archive.entry(named: "\(graph.root)data/\(folder)/\(graph.name).pt") != nil {
                    return try checkpoint("\(graph.root)data/\(folder)/\(graph.name).pt", of: archive)
                }
                let name = "\(graph.root)data/\(folder)/\(graph.name)_\(list)_config.json"
                guard archive.entry(named: name) != nil else { return [] }
                return try TorchPayload.tensors(
                    try json(name, of: archive), in: archive, folder: "\(graph.root)data/\(folder)/", list: name)
            }
            return try program(
                try json("\(graph.root)models/\(graph.name).json", of: archive), weights: try tensors("weights", "weights"),
                constants: try tensors("constants", "constants"))
        } catch {
            throw error.locating(file: archive.file.path)
        }
    }

    private static func old(_ archive: ZIPReader) throws(ModelError) -> TorchProgram {
        let names = ["serialized_state_dict.pt", "serialized_state_dict.json"]
        guard let name = names.first(where: { archive.entry(named: $0) != nil }) else {
            throw torchProblem("member", "the archive has no \(names[0])")
        }
        let constants = "serialized_constants.pt"
        return try program(
            try json(oldGraph, of: archive), weights: try checkpoint(name, of: archive),
            constants: archive.entry(named: constants) == nil ? [] : try checkpoint(constants, of: archive))
    }

    private static func program(_ tree: JSONValue, weights: [TorchTensor], constants: [TorchTensor]) throws(ModelError) -> TorchProgram {
        let version = tree["schema_version"]
        guard let major = version?.integer ?? version?["major"]?.integer, majorVersions.contains(major) else {
            throw torchProblem(
                "schema-version",
                "the graph is not of a known version: versions \(majorVersions.lowerBound) to \(majorVersions.upperBound) are read",
                hint: "save it again with a version of PyTorch that cnnconvert knows")
        }
        return TorchProgram(
            program: tree, schemaVersion: (major, version?["minor"]?.integer ?? 0), torchVersion: tree["torch_version"]?.string, weights: weights,
            constants: constants)
    }

    private static func json(_ name: String, of archive: ZIPReader) throws(ModelError) -> JSONValue {
        guard let entry = archive.entry(named: name) else { throw torchProblem("member", "the archive has no entry of this name", at: name) }
        do throws(ModelError) {
            return try archive.content(of: entry, limit: TorchArchive.textLimit).withBytes { bytes throws(ModelError) in
                try JSON.parse(bytes, allowsNonFinite: true)
            }
        } catch {
            throw error.locating(path: name)
        }
    }

    /// The tensors of a checkpoint that is an entry of the archive. One without tensors is a network without weights.
    private static func checkpoint(_ name: String, of archive: ZIPReader) throws(ModelError) -> [TorchTensor] {
        guard let entry = archive.entry(named: name), entry.size > 0 else { return [] }
        let file = MappedFile(try archive.content(of: entry), path: archive.file.path)
        do throws(ModelError) {
            let checkpoint =
                ZIPReader.isArchive(file.bytes)
                ? try TorchArchive.read(try ZIPReader(file, caseMatters: true)) : try TorchLegacyFile.read(file)
            if let error = ModelError(checkpoint.refused.map(\.problem)) { throw error }
            return checkpoint.tensors
        } catch {
            if error.problems.map(\.code) == ["torch.no-tensors"] { return [] }
            throw error.locating(path: name)
        }
    }
}
