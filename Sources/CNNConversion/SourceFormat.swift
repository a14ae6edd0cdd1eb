package import ByteIO
import CNNMFormat
import KerasFormat
package import ModelCore
import ZIPArchive

/// The format of a file, found from its content and never from its name.
package enum SourceFormat: String, Sendable, Hashable {
    case cnnm
    case kerasHDF5 = "keras-h5"
    case kerasArchive = "keras"
    /// An index of weights in several files.
    case kerasShards = "keras-shards"

    private static let readable = "cnnconvert reads Keras .h5, .keras and .weights.h5 files and .cnnm files"

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
            throw ModelError(problem(file.path, archive))
        }
        // HDF5 allows a block of the user's before its signature, of 512 bytes or twice, four times, ... as many.
        var offset = 0
        while offset + 8 <= bytes.count {
            if KerasFile.recognises(prefix: bytes[offset..<offset + 8].map(\.self)) { return .kerasHDF5 }
            offset = offset == 0 ? 512 : offset * 2
        }
        if KerasShards.recognises(file) { return .kerasShards }
        throw ModelError(problem(file.path, Array(bytes.prefix(16))))
    }

    /// What an archive that is not read seems to be.
    private static func problem(_ path: String, _ archive: ZIPReader) -> Problem {
        let isTorch = archive.entries.contains { $0.name == "data.pkl" || $0.name.hasSuffix("/data.pkl") || $0.name == "models/model.json" }
        guard isTorch else {
            return Problem(
                "format.unknown", "the file is a ZIP archive of no kind that cnnconvert knows: it has no config.json and model.weights.h5",
                at: Location(file: path), hint: readable)
        }
        return unsupported("a PyTorch checkpoint", path)
    }

    /// What a file that is not read seems to be.
    private static func problem(_ path: String, _ prefix: [UInt8]) -> Problem {
        let known: [([UInt8], String)] = [
            ([0x80, 0x02, 0x8A, 0x0A, 0x6C, 0xFC], "a PyTorch checkpoint of before version 1.6"),
            (Array("\u{93}NUMPY".unicodeScalars.map { UInt8($0.value) }), "a NumPy array"),
        ]
        for (signature, name) in known where prefix.starts(with: signature) { return unsupported(name, path) }
        if prefix.count > 8, prefix[8] == UInt8(ascii: "{"), prefix[5..<8].allSatisfy({ $0 == 0 }) { return unsupported("safetensors", path) }
        return Problem("format.unknown", "the file is of no format that cnnconvert knows", at: Location(file: path), hint: readable)
    }

    private static func unsupported(_ name: String, _ path: String) -> Problem {
        Problem(
            "format.unsupported", "the file seems to be \(name), which this version of cnnconvert does not read", at: Location(file: path),
            hint: readable)
    }
}
