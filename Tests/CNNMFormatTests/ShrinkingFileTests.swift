import ByteIO
import Foundation
import ModelCore
import ModelGraph
import Testing

@testable import CNNMFormat

/// A file that is mapped, and that another program changes meanwhile. Touching a mapping past the file's end would end the program.
@Suite struct ShrinkingFileTests {
    private let path: String
    private let bytes: [UInt8]

    init() throws {
        path = temporaryName()
        bytes = try written(
            document(with: ["large": weight([UInt8](repeating: 7, count: MappedFile.readLimit), .uint8, [MappedFile.readLimit], .vector)]))
        try Data(bytes).write(to: URL(fileURLWithPath: path))
    }

    /// What becomes of reading the file of this many bytes that was longer when it was opened.
    private func codes(cutTo size: Int) throws -> [String] {
        defer { unlink(path) }
        let mapped = try MappedFile(path: path)
        truncate(path, off_t(size))
        return CNNMFormatTests.codes { _ = try CNNMFile(mapped).document.graph.weights["large"]?.source.tensor() }
    }

    @Test("a file that was cut off is an error, wherever it was cut", arguments: [0, 63, 64, 100, 4096, 5000])
    func cut(size: Int) throws {
        #expect(try codes(cutTo: size) == ["file.changed"])
    }

    @Test("a file that was cut off after it was opened fails its check")
    func cutLater() throws {
        defer { unlink(path) }
        let file = try CNNMFile(path: path)
        try file.checkIntegrity()
        truncate(path, 4096)
        #expect(CNNMFormatTests.codes { try file.checkIntegrity() } == ["file.changed"])
    }

    @Test("a file that was written to after it was opened is noticed")
    func changed() throws {
        defer { unlink(path) }
        let file = try CNNMFile(path: path)
        try file.requireUnchanged()
        var other = bytes
        other[other.count - 1] ^= 1
        let handle = try FileHandle(forWritingTo: URL(fileURLWithPath: path))
        try handle.write(contentsOf: other)
        try handle.close()
        #expect(CNNMFormatTests.codes { try file.requireUnchanged() } == ["file.changed"])
    }
}
