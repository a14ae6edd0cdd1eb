import ByteIO
import CNNMFormat
import Foundation
import ModelCore
import ModelGraph
import TestSupport
import Testing

/// How much memory the program takes for a model that is far larger.
@Suite struct MemoryTests {
    /// 300 MiB of one weight, of which little is computed with.
    private static let (rows, width) = (4800, 16_384)

    private func writeModel(to path: String) throws {
        let table = WeightSource(dtype: .float32, shape: [Self.rows, Self.width], origin: "noise") { elements, consumer throws(ModelError) in
            // Other numbers in every row, so that a row in another's place is noticed.
            var row = [Float](repeating: 0.25, count: Self.width)
            for number in elements.lowerBound / Self.width..<elements.upperBound / Self.width {
                row[number % Self.width] = Float(number)
                var failure: ModelError?
                row.withUnsafeBytes { bytes in
                    do throws(ModelError) { try consumer(bytes) } catch { failure = error }
                }
                if let failure { throw failure }
            }
        }
        let graph = Graph(
            name: "table", inputs: [GraphInput(name: "words", shape: [nil, 3])], outputs: [GraphOutput(name: "rows", value: "rows")],
            nodes: [Node(name: "rows", operation: .embedding(Embedding()), inputs: ["words"], output: "rows", weights: ["table": "rows/table"])],
            weights: ["rows/table": Weight(table, layout: .other)])
        var output = try AtomicOutput(path: path)
        try CNNMWriter.write(CNNMDocument(graph, producer: .init(name: "test", version: "1")), to: &output)
        try output.commit()
    }

    @Test("a conversion and the way back take less memory than the weights have", .enabled(if: Tool.measuresMemory))
    func largeWeight() throws {
        let tool = try Tool()
        try writeModel(to: tool.folder("in.cnnm"))
        for arguments in [
            ["in.cnnm", "back.h5"], ["back.h5", "out.cnnm"], ["in.cnnm", "back.keras"], ["back.keras", "out.cnnm", "--no-verify"],
        ] {
            let (outcome, peak) = try tool.measured(arguments)
            #expect(outcome.error == "")
            #expect(outcome.status == 0)
            #expect(peak > 1 << 20)
            #expect(peak < 200 << 20, "\(arguments)")
        }
    }
}
