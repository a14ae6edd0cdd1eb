package import ByteIO
import CNNMFormat
import KerasFormat
package import ModelCore
import SafetensorsFormat
import TorchFormat
import ZIPArchive

/// The format of a file, found from its content and never from its name.
package enum SourceFormat: String, Sendable, Hashable {
    case cnnm
    case kerasHDF5 = "keras-h5"
    case kerasArchive = "keras"
    /// An index of weights in several files.
    case kerasShards = "keras-shards"
    case torchArchive = "torch"
    /// Of before PyTorch 1.6.
    case torchLegacy = "torch-legacy"
    /// Of before PyTorch 0.1.10.
    case torchTar = "torch-tar"
    /// A graph of `torch.export`.
    case torchProgram = "torch-program"
    case safetensors

    private static let readable =
        "cnnconvert reads files of Keras (.h5, .keras, .weights.h5) and PyTorch (.pt, .pth, .pt2), .safetensors and .cnnm files"

    /// - Throws: `file.*` where it cannot be read; `format.empty`, `format.unsupported` for a format that is known but not read,
    ///   `format.unknown` for any other content; codes of `ZIPReader` for a damaged archive.
    package static func detect(_ file: MappedFile) throws(ModelError) -> SourceFormat {
        let bytes = file.bytes
        if bytes.isEmpty {
            throw ModelError(Problem("format.empty", "the file is empty", at: Location(file: file.path)))
        }
        if CNNMFile.recognises(prefix: bytes.prefix(8)) { return .cnnm }
        if ZIPReader.isArchive(bytes) {
            // A checkpoint of PyTorch may have names that differ in case only; a .keras file is held to more when it is read.
            let archive = try ZIPReader(file, caseMatters: true)
            if KerasArchive.recognises(archive) { return .kerasArchive }
            if TorchProgram.recognises(archive) { return .torchProgram }
            if TorchArchive.recognises(archive) { return .torchArchive }
            throw ModelError(
                Problem(
                    "format.unknown",
                    "the file is a ZIP archive of no kind that cnnconvert knows: it has no config.json, data.pkl or models/model.json",
                    at: Location(file: file.path), hint: readable))
        }
        if TorchLegacyFile.recognises(prefix: bytes.prefix(32)) { return .torchLegacy }
        if SafetensorsFile.recognises(file) { return .safetensors }
        // HDF5 allows a block of the user's before its signature, of 512 bytes or twice, four times, ... as many.
        var offset = 0
        while offset + 8 <= bytes.count {
            if KerasFile.recognises(prefix: bytes[offset..<offset + 8].map(\.self)) { return .kerasHDF5 }
            offset = offset == 0 ? 512 : offset * 2
        }
        if KerasShards.recognises(file) { return .kerasShards }
        if TorchTarFile.recognises(file) { return .torchTar }
        throw ModelError(problem(file.path, Array(bytes.prefix(16))))
    }

    /// What a file that is not read seems to be.
    private static func problem(_ path: String, _ prefix: [UInt8]) -> Problem {
        if prefix.starts(with: "\u{93}NUMPY".unicodeScalars.map { UInt8($0.value) }) { return unsupported("a NumPy array", path) }
        if prefix.first == 0x80, let version = prefix.dropFirst().first, version <= 5 {
            return unsupported("a pickle of Python that torch.save did not write", path)
        }
        return Problem("format.unknown", "the file is of no format that cnnconvert knows", at: Location(file: path), hint: readable)
    }

    private static func unsupported(_ name: String, _ path: String) -> Problem {
        Problem(
            "format.unsupported", "the file seems to be \(name), which this version of cnnconvert does not read", at: Location(file: path),
            hint: readable)
    }
}
