import ModelCore
import TorchFormat

/// A file and the code with which it is refused, `nil` for one that is read.
struct Refusal: Sendable, CustomStringConvertible {
    let expected: [String]
    private let bytes: [UInt8]

    init(_ code: String?, _ bytes: [UInt8]) {
        expected = code.map { [$0] } ?? []
        self.bytes = bytes
    }

    /// What happens when all of it is read.
    var verdict: [String] {
        codes { for tensor in try TorchFile(bytes).tensors { _ = try tensor.source.bytes() } }
    }

    var description: String { "\(expected.first ?? "read"), \(bytes.count) bytes" }
}
