import ModelCore
import Testing

@Suite struct StreamedFloatsTests {
    /// A source of 16-bit integers that gives its bytes in pieces of these sizes.
    private func source(_ count: Int, says shape: [Int], pieces: Int) -> WeightSource {
        let bytes = (0..<count).flatMap { [UInt8(truncatingIfNeeded: $0), UInt8(truncatingIfNeeded: $0 >> 8)] }
        // bfloat16 of the bits k: what matters here is their order.
        return WeightSource(dtype: .bfloat16, shape: shape, origin: "pieces") { elements, consumer throws(ModelError) in
            for start in stride(from: 0, to: count, by: pieces) {
                try Array(bytes[2 * start..<2 * min(start + pieces, count)]).withUnsafeBufferPointer { piece throws(ModelError) in
                    try consumer(UnsafeRawBufferPointer(piece))
                }
            }
        }
    }

    @Test(arguments: [1, 3, 7, 100], [1, 4, 6, 30, 99]) func partsAreFullButForTheLast(pieces: Int, part: Int) throws {
        var parts: [[Float]] = []
        try source(30, says: [5, 6], pieces: pieces).streamFloats(part) { parts.append(Array($0)) }
        #expect(parts.flatMap(\.self) == (0..<30).map { Float(bitPattern: UInt32($0) << 16) })
        #expect(parts.dropLast().allSatisfy { $0.count == part })
        #expect(parts.count == (30 + part - 1) / part)
    }

    @Test(arguments: [29, 31]) func aWrongNumberIsNoticed(count: Int) {
        #expect(throws: ModelError.self) { try source(count, says: [5, 6], pieces: 7).streamFloats(4) { _ in } }
        do throws(ModelError) {
            try source(count, says: [5, 6], pieces: 7).streamFloats(4) { _ in }
        } catch {
            #expect(error.problems.map(\.code) == ["weight.length"])
        }
    }

    @Test func nothingComesOfNothing() throws {
        try source(0, says: [0, 6], pieces: 1).streamFloats(6) { _ in Issue.record("there is no part") }
    }
}
