import ByteIO
import ModelCore
package import SafetensorsFormat
package import TorchFormat
import ZIPArchive

/// A file of PyTorch, or of tensors for any framework: weights by name.
package enum TensorFile: Sendable {
    case torch(TorchCheckpoint)
    case torchProgram(TorchProgram)
    case torchScript(TorchScript)
    case safetensors(SafetensorsFile)

    /// - Throws: what the format's reader throws.
    init(_ file: MappedFile, _ format: SourceFormat) throws(ModelError) {
        switch format {
        case .torchLegacy: self = .torch(try TorchLegacyFile.read(file))
        case .torchTar: self = .torch(try TorchTarFile.read(file))
        case .torchProgram: self = .torchProgram(try TorchProgram.read(try ZIPReader(file, caseMatters: true)))
        case .safetensors: self = .safetensors(try SafetensorsFile(file))
        default:
            let archive = try ZIPReader(file, caseMatters: true)
            self = TorchScript.recognises(archive) ? .torchScript(try TorchScript.read(archive)) : .torch(try TorchArchive.read(archive))
        }
    }

    var description: String {
        switch self {
        case .torch(let checkpoint): checkpoint.description
        case .torchProgram(let program): program.description
        case .torchScript(let script): script.checkpoint.description
        case .safetensors: "safetensors"
        }
    }

    /// The version of PyTorch that wrote the file, where it says it.
    var frameworkVersion: String? {
        if case .torchProgram(let program) = self { program.torchVersion } else { nil }
    }

    /// Every tensor in the file under its whole name.
    var summaries: [Inspection.TensorSummary] {
        switch self {
        case .torch(let checkpoint): checkpoint.tensors.map(Self.summary)
        case .torchScript(let script): script.checkpoint.tensors.map(Self.summary)
        case .torchProgram(let program): (program.weights + program.constants).map(Self.summary)
        case .safetensors(let file):
            file.tensors.map { Inspection.TensorSummary(name: $0.name, shape: $0.source.shape, dtype: $0.type) }
        }
    }

    /// What else the file holds.
    var luggage: [Inspection.Luggage] {
        let objects: [TorchObject] =
            switch self {
            case .torch(let checkpoint): checkpoint.objects
            case .torchScript(let script): script.checkpoint.objects
            case .torchProgram, .safetensors: []
            }
        return objects.map { Inspection.Luggage(name: $0.name, type: $0.type) }
    }

    private static func summary(_ tensor: TorchTensor) -> Inspection.TensorSummary {
        Inspection.TensorSummary(name: tensor.name, shape: tensor.source.shape, dtype: tensor.type)
    }
}
