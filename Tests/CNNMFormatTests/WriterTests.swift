import ByteIO
import Foundation
import ModelCore
import ModelGraph
import Testing

@testable import CNNMFormat

@Suite struct WriterTests {
    @Test func equalTensorsAreStoredOnce() throws {
        let large = [UInt8](repeating: 7, count: 5 << 20)
        var weights = ["a": weight(large, .uint8, [5 << 20], .vector), "c": weight(large, .float32, [5 << 18], .vector)]
        weights["b"] = weight([1, 2, 3], .uint8, [3], .vector)
        weights["d"] = weight([1, 2, 3], .int8, [3, 1], .other)
        weights["e"] = weight([1, 2, 4], .int8, [3], .vector)
        weights["f"] = weight(large, .uint8, [5 << 20, 1], .other)
        let bytes = try written(document(with: weights))
        let file = try opened(bytes)
        try file.checkIntegrity()
        let entries = file.tensors
        #expect(entries.map(\.name) == ["dense/kernel", "dense/bias", "a", "b", "c", "d", "e", "f"])
        #expect(entries[2].range == entries[4].range && entries[2].range == entries[7].range)
        #expect(entries[3].range == entries[5].range)
        #expect(entries[6].offset == entries[3].offset + 64)
        #expect(bytes.count == entries[6].range.upperBound)
    }

    @Test func twoWritesAreEqual() throws {
        let weights = Dictionary(uniqueKeysWithValues: (0..<50).map { ("w\($0)", weight([$0 + 1], .vector)) })
        #expect(try written(document(with: weights)) == written(document(with: weights)))
    }

    @Test func nothingButTheTemporaryFileIsWritten() throws {
        let name = temporaryName()
        var temporary = ""
        do {
            var output = try AtomicOutput(path: name)
            temporary = output.temporaryPath
            var counts: [Int] = []
            let entries = try CNNMWriter.write(tinyDocument(), to: &output) { counts.append($0) }
            #expect(counts == [8, 12])
            #expect(try CNNMFile(path: temporary).tensors == entries)
        }
        #expect(!FileManager.default.fileExists(atPath: name))
        #expect(!FileManager.default.fileExists(atPath: temporary))
    }

    /// A source that gives pieces of these lengths, then fails if told so.
    private func source(_ lengths: [Int], fails: Bool = false) -> Weight {
        let source = WeightSource(dtype: .uint8, shape: [4], origin: "/broken") { consumer throws(ModelError) in
            for length in lengths {
                try [UInt8](repeating: 1, count: length).withUnsafeBufferPointer { piece throws(ModelError) in
                    try consumer(UnsafeRawBufferPointer(piece))
                }
            }
            if fails { throw ModelError(Problem("test.failure", "the source failed")) }
        }
        return Weight(source, layout: .vector)
    }

    @Test func sourcesMustGiveWhatTheirShapeSays() throws {
        #expect(codes { _ = try written(document(with: ["w": source([3, 1])])) } == [])
        #expect(codes { _ = try written(document(with: ["w": source([3])])) } == ["weight.length"])
        #expect(codes { _ = try written(document(with: ["w": source([])])) } == ["weight.length"])
        #expect(codes { _ = try written(document(with: ["w": source([3, 2])])) } == ["weight.length"])
        #expect(codes { _ = try written(document(with: ["w": source([2], fails: true)])) } == ["test.failure"])
    }

    @Test func everyFailingSystemCallLeavesNothing() throws {
        var failures = 0
        for k in 0..<100 {
            let name = temporaryName()
            let left = Counter(k)
            var calls = OutputSystemCalls.real
            let (write, truncate) = (calls.write, calls.truncate)
            calls.write = { left.isOver ? -28 : write($0, $1, $2) }
            calls.truncate = { left.isOver ? -5 : truncate($0, $1) }
            let weights = ["a": weight([9], .vector), "b": weight([9], .vector)]
            let codes = codes {
                var output = try AtomicOutput(path: name, calls: calls)
                try CNNMWriter.write(document(with: weights), to: &output)
            }
            #expect(!FileManager.default.fileExists(atPath: name))
            if codes.isEmpty { break }
            #expect(codes == ["output.write-failed"])
            failures += 1
        }
        #expect((8..<100).contains(failures))
    }

    private final class Counter: @unchecked Sendable {
        private var left: Int
        init(_ left: Int) { self.left = left }
        var isOver: Bool {
            left -= 1
            return left < 0
        }
    }

    @Test func whatTheFormatForbidsIsRefusedBeforeWriting() throws {
        func codes(_ change: (inout CNNMDocument) -> Void) -> [String] {
            var document = tinyDocument()
            change(&document)
            return CNNMFormatTests.codes { _ = try written(document) }
        }
        #expect(codes { $0.graph.nodes[0].name = "" } == ["cnnm.name"])
        #expect(codes { $0.graph.nodes[0].name = String(repeating: "n", count: 1025) } == ["cnnm.name"])
        #expect(codes { $0.graph.outputs[0].name = "a\u{0}" } == ["cnnm.name"])
        #expect(codes { $0.graph.inputs[0].layout = .nhwc } == ["cnnm.layout"])
        #expect(codes { $0.graph.weights["e"] = weight([0], .vector) } == ["cnnm.tensor-shape"])
        #expect(codes { $0.graph.weights["e"] = weight([2, 1], .vector) } == ["cnnm.tensor-shape"])
        #expect(codes { $0.graph.weights["e"] = weight([1, 1, 1, 1, 1, 1, 1, 1, 1], .other) } == ["cnnm.tensor-shape"])
        #expect(codes { $0.graph.weights["e"] = weight([], .uint8, [1 << 62, 4], .other) } == ["cnnm.tensor-shape"])
        #expect(codes { $0.preprocessing = [.init(input: "z", channelOrder: "rgb", scale: [1], offset: [0])] } == ["cnnm.preprocessing"])
        #expect(codes { $0.preprocessing = [.init(input: "x", channelOrder: "rgb", scale: [.nan], offset: [0])] } == ["cnnm.preprocessing"])
        #expect(codes { $0.graph.nodes[0].inputs = ["dense"] } == ["graph.cycle"])
        #expect(codes { $0.graph.weights["dense/bias"] = nil } == ["graph.undefined"])
        #expect(CNNMFormatTests.codes { _ = try HeaderPlan(tinyDocument(), limit: 500) } == ["cnnm.header-length"])
    }

    @Test func theOutputMustBeNew() throws {
        var output = try AtomicOutput(path: temporaryName())
        try output.append([1])
        let result = Result { () throws(ModelError) in try CNNMWriter.write(tinyDocument(), to: &output) }
        guard case .failure(let error) = result else { return #expect(Bool(false)) }
        #expect(error.problems.map(\.code) == ["cnnm.output-used"])
    }
}
