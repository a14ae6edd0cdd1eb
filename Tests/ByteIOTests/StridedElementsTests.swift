import ByteIO
import ModelCore
import Testing

@Suite struct StridedElementsTests {
    /// Every view of rank 2 with small numbers that is within 32 elements, in every type, whole and in parts.
    @Test("elements are those that strides and offset say", arguments: StoredType.allCases)
    func exhaustive(type: StoredType) throws {
        let bytes = (0..<32 * type.byteCount).map { UInt8(truncatingIfNeeded: 37 &* $0 &+ 129) }
        let source = ByteSource(MappedFile(bytes: [9, 9, 9] + bytes, path: "x"), 3..<3 + bytes.count)
        for (rows, columns) in [(1, 1), (2, 3), (3, 2), (4, 1), (1, 4), (0, 2), (2, 0)] {
            for (down, across) in [(0, 0), (0, 1), (1, 0), (3, 1), (1, 3), (5, 2), (6, 7)] {
                for start in [0, 1, 5] {
                    let elements = try StridedElements(type, shape: [rows, columns], strides: [down, across], start: start, available: 32)
                    let expected = (0..<rows).flatMap { row in
                        (0..<columns).flatMap { column in Self.element(start + row * down + column * across, of: bytes, type) }
                    }
                    let weight = elements.weight(origin: "x", in: source)
                    #expect(weight.shape == [rows, columns] && weight.dtype == type.dtype)
                    #expect(try weight.bytes() == expected)
                    for first in 0..<weight.count {
                        var part: [UInt8] = []
                        try weight.stream(first..<weight.count) { part += $0 }
                        #expect(part == Array(expected[(first * weight.dtype.byteCount)...]))
                    }
                }
            }
        }
    }

    /// As a weight has it: 16-bit integers become 32-bit ones.
    private static func element(_ position: Int, of bytes: [UInt8], _ type: StoredType) -> [UInt8] {
        let element = Array(bytes[position * type.byteCount..<(position + 1) * type.byteCount])
        guard type == .int16 else { return element }
        return element + [UInt8](repeating: element[1] < 0x80 ? 0 : 0xFF, count: 2)
    }

    @Test("a single number, and a row of more than a piece has")
    func pieces() throws {
        let file = MappedFile(bytes: (0..<3 << 20).map { UInt8(truncatingIfNeeded: $0 >> 8 ^ $0) }, path: "x")
        let source = ByteSource(file, 0..<file.size)
        #expect(try StridedElements(.uint8, shape: [], start: 513, available: file.size).weight(origin: "x", in: source).bytes() == [3])
        let stepped = try StridedElements(.uint8, shape: [3 << 19], strides: [2], start: 1, available: file.size).weight(origin: "x", in: source)
        var pieces: [Int] = []
        var elements: [UInt8] = []
        try stepped.stream { piece in
            pieces.append(piece.count)
            elements += piece
        }
        #expect(pieces == [1 << 20, 1 << 19])
        #expect(elements.elementsEqual(stride(from: 1, to: file.size, by: 2).lazy.map { file.bytes[$0] }))
        let swapped = try StridedElements(.uint8, shape: [2, 3 << 19], strides: [1, 2], available: file.size).weight(origin: "x", in: source)
        #expect(try swapped.permuted(by: [1, 0]).bytes().elementsEqual(file.bytes))
    }

    static let faults: [([Int], [Int], Int, StridedElements.Fault)] = [
        ([5], [1], 0, .outside(5)), ([4], [1], 1, .outside(5)), ([2, 2], [3, 1], 0, .outside(5)), ([1], [1], .max - 1, .outside(.max)),
        ([1], [1], .max, .overflow), ([2], [.max], 1, .overflow), ([2, 2], [.max / 2, .max / 2], 1, .overflow),
        ([1 << 62, 2], [0, 0], 0, .overflow),
        ([1 << 60, 0, 8], [0, 0, 0], 0, .overflow), ([1 << 60], [0], 0, .overflow), ([1 << 30, 1 << 20], [0, 0], 0, .repeated),
        ([-1], [1], 0, .shape), ([1], [-1], 0, .shape), ([1], [1], -1, .shape), ([1], [], 0, .shape), ([], [1], 0, .shape),
        (Array(repeating: 1, count: 65), Array(repeating: 1, count: 65), 0, .shape),
    ]

    @Test("numbers that describe no tensor are refused", arguments: faults)
    func refused(shape: [Int], strides: [Int], start: Int, fault: StridedElements.Fault) {
        #expect(throws: fault) { try StridedElements(.float32, shape: shape, strides: strides, start: start, available: 4) }
    }

    @Test("a stride along which nothing moves may be anything")
    func unusedStride() throws {
        let source = ByteSource(MappedFile(bytes: [1, 2, 3, 4], path: "x"), 0..<4)
        let elements = try StridedElements(.uint8, shape: [1, 2, 1], strides: [.max, 2, .max], start: 1, available: 4)
        #expect(try elements.weight(origin: "x", in: source).bytes() == [2, 4])
        let none = try StridedElements(.float64, shape: [0, 3], strides: [.max, .max], start: .max, available: 0)
        #expect(try none.weight(origin: "x", in: source).bytes() == [])
    }
}
