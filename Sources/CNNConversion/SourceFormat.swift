package import ByteIO
import CNNMFormat
import KerasFormat
package import ModelCore

/// The format of a file, found from its content and never from its name.
package enum SourceFormat: String, Sendable, Hashable {
    case cnnm
    case kerasHDF5 = "keras-h5"

    /// - Throws: `file.*` where it cannot be read; `format.empty`, `format.unsupported` for a format that is known but not read,
    ///   `format.unknown` for any other content.
    package static func detect(_ file: MappedFile) throws(ModelError) -> SourceFormat {
        let bytes = file.bytes
        if bytes.isEmpty {
            throw ModelError(Problem("format.empty", "the file is empty", at: Location(file: file.path)))
        }
        if CNNMFile.recognises(prefix: bytes.prefix(8)) { return .cnnm }
        // HDF5 allows a block of the user's before its signature, of 512 bytes or twice, four times, ... as many.
        var offset = 0
        while offset + 8 <= bytes.count {
            if KerasFile.recognises(prefix: bytes[offset..<offset + 8].map(\.self)) { return .kerasHDF5 }
            offset = offset == 0 ? 512 : offset * 2
        }
        throw ModelError(problem(file.path, Array(bytes.prefix(16))))
    }

    /// What a file that is not read seems to be.
    private static func problem(_ path: String, _ prefix: [UInt8]) -> Problem {
        let known: [([UInt8], String)] = [
            (Array("PK\u{3}\u{4}".utf8), "a ZIP archive (a .keras file or a PyTorch checkpoint)"),
            ([0x80, 0x02, 0x8A, 0x0A, 0x6C, 0xFC], "a PyTorch checkpoint of before version 1.6"),
            (Array("\u{93}NUMPY".unicodeScalars.map { UInt8($0.value) }), "a NumPy array"),
        ]
        for (signature, name) in known where prefix.starts(with: signature) {
            return Problem(
                "format.unsupported", "the file is \(name), which this version of cnnconvert does not read", at: Location(file: path),
                hint: "cnnconvert reads Keras .h5 files and .cnnm files")
        }
        if prefix.count > 8, prefix[8] == UInt8(ascii: "{"), prefix[5..<8].allSatisfy({ $0 == 0 }) {
            return Problem(
                "format.unsupported", "the file seems to be safetensors, which this version of cnnconvert does not read", at: Location(file: path),
                hint: "cnnconvert reads Keras .h5 files and .cnnm files")
        }
        return Problem(
            "format.unknown", "the file is of no format that cnnconvert knows", at: Location(file: path),
            hint: "cnnconvert reads Keras .h5 files and .cnnm files")
    }
}
