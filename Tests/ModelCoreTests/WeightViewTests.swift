import Synchronization
import Testing

@testable import ModelCore

/// Views of weights, each held against what its definition says of every element.
@Suite struct WeightViewTests {
    /// A weight whose elements are their positions.
    private func numbered(_ shape: [Int]) -> WeightSource { WeightSource(Tensor(shape: shape) { Float($0) }) }

    /// What a view must give: for each of its positions, the position in the base.
    private func expected(_ shape: [Int], _ source: ([Int]) -> [Int], of base: [Int]) -> [Float] {
        let (steps, strides) = (RowMajor.strides(shape), RowMajor.strides(base))
        return (0..<shape.reduce(1, *)).map { position in
            let index = shape.indices.map { position / steps[$0] % shape[$0] }
            return Float(zip(source(index), strides).reduce(0) { $0 + $1.0 * $1.1 })
        }
    }

    private func floats(_ source: WeightSource, _ elements: Range<Int>) throws -> [Float] {
        var values: [Float] = []
        try source.stream(elements) { piece in
            values += (0..<piece.count / 4).map { piece.loadUnaligned(fromByteOffset: 4 * $0, as: Float.self) }
        }
        return values
    }

    private func check(_ view: WeightSource, _ expected: [Float]) throws {
        #expect(try view.tensor().scalars == expected)
        for range in [0..<0, 1..<expected.count, 0..<expected.count - 1, expected.count / 2..<expected.count / 2 + 1] {
            #expect(try floats(view, range) == Array(expected[range]))
        }
    }

    @Test(arguments: [[0, 1, 2, 3], [3, 2, 1, 0], [2, 3, 1, 0], [1, 0, 3, 2], [0, 2, 1, 3], [3, 0, 1, 2]])
    func axesArePermuted(_ permutation: [Int]) throws {
        let base = [4, 3, 5, 2]
        let view = numbered(base).permuted(by: permutation)
        #expect(view.shape == permutation.map { base[$0] })
        try check(view, expected(view.shape, { index in base.indices.map { index[RowMajor.inverse(of: permutation)[$0]] } }, of: base))
    }

    @Test(arguments: [[], [0], [1], [2], [0, 1], [0, 2], [0, 1, 2]])
    func axesAreFlipped(_ axes: [Int]) throws {
        let base = [4, 3, 5]
        let view = numbered(base).flipped(axes: axes)
        try check(view, expected(base, { index in index.indices.map { axes.contains($0) ? base[$0] - 1 - index[$0] : index[$0] } }, of: base))
    }

    @Test(arguments: [(0, 1..<3), (1, 0..<2), (2, 4..<5), (2, 0..<5), (0, 3..<4)])
    func anAxisIsSliced(_ axis: Int, _ range: Range<Int>) throws {
        let base = [4, 3, 5]
        let view = numbered(base).sliced(axis: axis, range)
        let source = { (index: [Int]) in index.indices.map { $0 == axis ? index[$0] + range.lowerBound : index[$0] } }
        try check(view, expected(view.shape, source, of: base))
    }

    @Test func viewsOfViewsAndOtherShapes() throws {
        let base = [2, 3, 4, 6]
        let view = numbered(base).flipped(axes: [0, 1]).permuted(by: [3, 2, 0, 1]).sliced(axis: 0, 1..<5).reshaped([4, 4, 6])
        let plain = expected([4, 4, 2, 3], { [1 - $0[2], 2 - $0[3], $0[1], $0[0] + 1] }, of: base)
        try check(view, plain)
        #expect(view.shape == [4, 4, 6])
    }

    @Test func oneElementAndNone() throws {
        #expect(try numbered([]).permuted(by: []).tensor().scalars == [0])
        #expect(try numbered([2, 0, 3]).permuted(by: [2, 0, 1]).tensor().scalars == [])
        #expect(try numbered([2, 3]).sliced(axis: 1, 2..<2).tensor().shape == [2, 0])
    }

    @Test(arguments: [DType.int8, .float16, .float32, .float64]) func elementsOfEveryWidth(_ dtype: DType) throws {
        let bytes = (0..<6 * dtype.byteCount).map(UInt8.init)
        let source = WeightSource(dtype: dtype, shape: [2, 3], origin: "test") { consumer throws(ModelError) in
            try bytes.withUnsafeBufferPointer { buffer throws(ModelError) in try consumer(UnsafeRawBufferPointer(buffer)) }
        }
        let turned = [0, 3, 1, 4, 2, 5].flatMap { bytes[$0 * dtype.byteCount..<($0 + 1) * dtype.byteCount] }
        #expect(try source.permuted(by: [1, 0]).bytes() == turned)
        #expect(
            try source.sliced(axis: 1, 1..<3).bytes()
                == Array(bytes[dtype.byteCount..<3 * dtype.byteCount] + bytes[4 * dtype.byteCount..<6 * dtype.byteCount]))
    }

    /// What costs much to read anywhere but from first to last, as a dataset in chunks does, is read so.
    @Test(arguments: [(false, 1), (true, 60)]) func runsAreReadOneByOneWhereThatTakesLittle(_ readsAnywhere: Bool, _ expected: Int) throws {
        let base = numbered([20, 3, 256])
        let readings = Readings()
        let source = WeightSource(dtype: .float32, shape: base.shape, origin: "test", readsAnywhere: readsAnywhere) {
            elements, consumer throws(ModelError) in
            readings.count.withLock { $0 += 1 }
            try base.stream(elements, consumer)
        }
        #expect(try source.permuted(by: [1, 0, 2]).bytes() == base.permuted(by: [1, 0, 2]).bytes())
        #expect(readings.count.withLock { $0 } == expected)
    }

    /// Two columns of a wide matrix, and of one whose rows are so near to each other that skipping what lies between takes longer than reading it.
    @Test(arguments: [(2300, 30), (1900, 1)]) func shortRunsAreReadOneByOneWhereTheyAreFarApart(_ columns: Int, _ expected: Int) throws {
        let base = numbered([30, columns])
        let readings = Readings()
        let source = WeightSource(dtype: .float32, shape: base.shape, origin: "test", readsAnywhere: true) { elements, consumer throws(ModelError) in
            readings.count.withLock { $0 += 1 }
            try base.stream(elements, consumer)
        }
        #expect(try source.sliced(axis: 1, 5..<7).bytes() == base.sliced(axis: 1, 5..<7).bytes())
        #expect(readings.count.withLock { $0 } == expected)
    }

    /// Of a view whose rows are columns far apart, the beginning is put together from as many elements.
    @Test func littleOfAViewTakesLittleToRead() throws {
        let base = numbered([300, 3000])
        let elements = Mutex(0)
        let source = WeightSource(dtype: .float32, shape: base.shape, origin: "test", readsAnywhere: true) { wanted, consumer throws(ModelError) in
            elements.withLock { $0 += wanted.count }
            try base.stream(wanted, consumer)
        }
        var given = 0
        try source.permuted(by: [1, 0]).stream(305..<310) { piece in given += piece.count / 4 }
        #expect(given == 5)
        #expect(elements.withLock { $0 } == 300)
    }

    private final class Readings: Sendable {
        let count = Mutex(0)
    }

    /// More than one block, short runs and long ones.
    @Test(arguments: [[2500, 2100], [300, 17_500]]) func largeWeightsComeInBlocks(_ base: [Int]) throws {
        let source = WeightSource(
            Tensor(
                shape: base,
                uncheckedScalars: [Float](unsafeUninitializedCapacity: base[0] * base[1]) { buffer, count in
                    for position in buffer.indices { buffer[position] = Float(position % 16_000_000) }
                    count = buffer.count
                }))
        var greatest = 0
        var isEqual = true
        var start = 0
        try source.permuted(by: [1, 0]).stream { piece in
            greatest = max(greatest, piece.count)
            for index in stride(from: 0, to: piece.count / 4, by: 97) {
                let (row, column) = (start + index).quotientAndRemainder(dividingBy: base[0])
                isEqual = isEqual && piece.load(fromByteOffset: 4 * index, as: Float.self) == Float((column * base[1] + row) % 16_000_000)
            }
            start += piece.count / 4
        }
        #expect(isEqual)
        #expect(start == source.count)
        #expect(greatest <= 1 << 24)
    }
}
