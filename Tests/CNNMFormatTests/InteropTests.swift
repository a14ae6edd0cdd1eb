import Foundation
import ModelCore
import ModelGraph
import Testing

@testable import CNNMFormat

/// The reader of the specification, which knows nothing of this code, against files of the writer.
@Suite(.enabled(if: SpecificationReader.isAvailable, "python3 with numpy is needed")) struct InteropTests {
    @Test func readsEveryFileOfTheWriter() throws {
        var files = try Specimen.all.map { try written($0.document) }
        var weights: [String: Weight] = ["scalar": weight([], .other)]
        for dtype in DType.allCases {
            weights["\(dtype)"] = weight([UInt8](repeating: 0xFF, count: 3 * dtype.byteCount), dtype, [3, 1], .other)
        }
        files.append(try written(document(with: weights)))
        files.append(try written(tinyDocument()))
        #expect(try SpecificationReader.refused(files) == [])
    }

    /// Changes that only somebody who knows the operators can see.
    private static let semantic: Set<String> = [
        "graph.operator", "graph.attributes", "graph.shape", "graph.input-count", "graph.weight-role", "cnnm.output-shape",
    ]

    @Test func refusesWhatThisReaderRefuses() throws {
        var files: [[UInt8]] = []
        var names: [String] = []
        for change in HeaderRefusalTests.changes + TensorRefusalTests.changes where !Self.semantic.contains(change.code) {
            var file = try RawFile()
            file.header = file.header.replacingOccurrences(of: change.old, with: change.new)
            files.append(file.bytes)
            names.append(change.testDescription)
        }
        for change in DamageTests.changes {
            var bytes = try written(tinyDocument())
            bytes.replaceSubrange(change.range, with: change.bytes)
            files.append(bytes)
            names.append(change.testDescription)
        }
        let refused = try Set(SpecificationReader.refused(files))
        #expect(names.indices.filter { !refused.contains($0) }.map { names[$0] } == [])
    }

    @Test func noticesEveryFlippedByte() throws {
        let bytes = try written(tinyDocument())
        let files = bytes.indices.filter { $0 < 900 || $0 > 4080 }.map { position in
            var copy = bytes
            copy[position] ^= 1 << (position % 8)
            return copy
        }
        #expect(try SpecificationReader.refused(files).count == files.count)
    }
}

/// `spec/reader.py` as a process.
private enum SpecificationReader {
    static let isAvailable: Bool = (try? run(["-c", "import numpy"])).map { $0.status == 0 } ?? false

    /// The positions of the files that the reader refuses.
    static func refused(_ files: [[UInt8]]) throws -> [Int] {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("cnnm-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let paths = files.indices.map { folder.appendingPathComponent("\($0).cnnm").path }
        for (path, bytes) in zip(paths, files) { try Data(bytes).write(to: URL(fileURLWithPath: path)) }
        let script = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("../../spec/reader.py").standardized.path
        let (status, errors) = try run([script] + paths)
        let lines = errors.split(separator: "\n")
        #expect(lines.allSatisfy { $0.hasPrefix("error: ") }, "\(errors)")
        #expect(status == (lines.isEmpty ? 0 : 1))
        return paths.indices.filter { position in lines.contains { $0.hasPrefix("error: \(paths[position]): ") } }
    }

    /// - Returns: the exit status, and what was written to standard error.
    private static func run(_ arguments: [String]) throws -> (status: Int32, errors: String) {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["python3"] + arguments
        let errors = Pipe()
        process.standardError = errors
        process.standardOutput = FileHandle.nullDevice
        try process.run()
        let text = String(decoding: errors.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        return (process.terminationStatus, text)
    }
}
