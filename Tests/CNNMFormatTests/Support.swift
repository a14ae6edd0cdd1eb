import ByteIO
import Foundation
import ModelCore
import ModelGraph

@testable import CNNMFormat

/// A name for a file that is not there.
func temporaryName() -> String {
    FileManager.default.temporaryDirectory.appendingPathComponent("cnnm-\(UUID().uuidString).cnnm").path
}

/// The bytes of the file that the writer makes of `document`.
func written(_ document: CNNMDocument) throws -> [UInt8] {
    var output = try AtomicOutput(path: temporaryName())
    try CNNMWriter.write(document, to: &output)
    let file = try MappedFile(path: output.temporaryPath)
    return withExtendedLifetime(file) { Array(file.bytes) }
}

func opened(_ bytes: [UInt8]) throws(ModelError) -> CNNMFile {
    try CNNMFile(MappedFile(bytes: bytes, path: "test.cnnm"))
}

/// The codes of the problems of `body`, none if it succeeds.
func codes(_ body: () throws -> Void) -> [String] {
    do {
        try body()
        return []
    } catch {
        return (error as? ModelError)?.problems.map(\.code) ?? ["\(error)"]
    }
}

/// The codes of the problems of opening and checking a file, none if it is whole.
func codes(of bytes: [UInt8]) -> [String] {
    codes { try opened(bytes).checkIntegrity() }
}

func weight(_ bytes: [UInt8], _ dtype: DType, _ shape: [Int], _ layout: KernelLayout) -> Weight {
    let source = WeightSource(dtype: dtype, shape: shape, origin: "test") { consumer throws(ModelError) in
        try bytes.withUnsafeBufferPointer { buffer throws(ModelError) in try consumer(UnsafeRawBufferPointer(buffer)) }
    }
    return Weight(source, layout: layout)
}

/// Floats that count up, 0.25 apart.
func weight(_ shape: [Int], _ layout: KernelLayout) -> Weight {
    Weight(WeightSource(Tensor(shape: shape) { Float($0) * 0.25 }), layout: layout)
}

let producer = CNNMDocument.Producer(name: "cnnconvert", version: "1.0.0")

/// The network of the specification's example.
func tinyDocument() -> CNNMDocument {
    var graph = Graph(name: "tiny")
    graph.inputs = [GraphInput(name: "x", shape: [nil, 2], layout: .nc)]
    graph.outputs = [GraphOutput(name: "y", value: "dense", layout: .nc)]
    graph.nodes = [
        Node(name: "dense", operation: .dense(Dense()), inputs: ["x"], output: "dense", weights: ["kernel": "dense/kernel", "bias": "dense/bias"])
    ]
    graph.weights = [
        "dense/kernel": weight([0, 0, 0x80, 0x3F, 0, 0, 0, 0xC0], .float32, [2, 1], .io),
        "dense/bias": weight([0, 0, 0, 0x3F], .float32, [1], .vector),
    ]
    return CNNMDocument(graph, producer: producer)
}

/// The tiny network with more weights, which no node reads.
func document(with weights: [String: Weight]) -> CNNMDocument {
    var document = tinyDocument()
    document.graph.weights.merge(weights) { $1 }
    return document
}

/// A file put together by hand: the tiny network's, with changes.
struct RawFile {
    var header: String
    var data: [UInt8]

    init() throws {
        let bytes = try written(tinyDocument())
        let prologue = try bytes.withUnsafeBytes { try Prologue(ofFile: $0, size: $0.count) }
        header = String(decoding: bytes[prologue.headerRange], as: UTF8.self).trimmingCharacters(in: .whitespaces)
        data = Array(bytes[4096...])
    }

    /// The file with a true digest and true lengths.
    var bytes: [UInt8] { sealed(Array(header.utf8)) }

    func sealed(_ header: [UInt8]) -> [UInt8] {
        let end = (Prologue.byteCount + header.count + 4095) / 4096 * 4096
        let digest = header.withUnsafeBytes { Digest256(hashing: $0) }
        let prologue = Prologue(headerLength: header.count, fileLength: end + data.count, headerDigest: digest)
        return prologue.bytes + header + [UInt8](repeating: 0, count: end - Prologue.byteCount - header.count) + data
    }

    /// The codes of opening the file after `old` became `new` in its header.
    static func codes(replacing old: String, by new: String) throws -> [String] {
        var file = try RawFile()
        guard file.header.contains(old) else { return ["no \(old) in \(file.header)"] }
        file.header = file.header.replacingOccurrences(of: old, with: new)
        let bytes = file.bytes
        return CNNMFormatTests.codes { _ = try opened(bytes) }
    }
}
