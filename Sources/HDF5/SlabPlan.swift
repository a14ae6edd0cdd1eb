import ModelCore

/// How a row-major array is cut into slabs that are read one after the other: each takes single positions along the axes before `axis`,
/// up to `rows` positions along it, and everything along the axes after it.
struct SlabPlan: Sendable, Equatable {
    /// A part of an array: where it begins and how far it reaches, axis by axis.
    struct Slab: Equatable {
        var start: [Int]
        var sizes: [Int]
    }

    /// The least that is worth a call of the library.
    static let usualByteCount = 4 << 20
    /// The most that is held in memory, so that a chunk need not be read again.
    static let greatestByteCount = 64 << 20

    let shape: [Int]
    let width: Int
    let axis: Int
    let rows: Int
    /// In how many slabs a chunk may lie; 1 for an array that is not chunked.
    let readingsPerChunk: Int

    /// - Parameters:
    ///   - shape: sizes whose product times `width`, with 1 for 0, fits `Int`.
    ///   - chunk: as many positive sizes; chunks of another rank are ignored.
    ///   - usual: how many bytes a slab has where chunks do not ask for more.
    ///   - greatest: how many bytes a slab may have, at least as many as `usual` and as an element.
    init(shape: [Int], width: Int, chunk: [Int]?, usual: Int = usualByteCount, greatest: Int = greatestByteCount) {
        self.shape = shape
        self.width = width
        guard !shape.isEmpty, !shape.contains(0) else {
            (axis, rows, readingsPerChunk) = (0, 1, 1)
            return
        }
        let isChunked = chunk?.count == shape.count
        let steps = isChunked ? zip(chunk ?? [], shape).map { Swift.min($0, $1) } : shape.map { _ in 1 }
        let limit = isChunked ? greatest : usual
        let rowByteCounts = RowMajor.strides(shape).map { $0 * width }
        // The first axis along which a row of chunks fits. To pass an axis over costs a reading for each position of a chunk along it,
        // which is more than to cut the row of chunks.
        var axis = 0
        while axis + 1 < shape.count, rowByteCounts[axis] * steps[axis] > limit, steps[axis] == 1 || rowByteCounts[axis] > limit {
            axis += 1
        }
        let (step, rowByteCount) = (steps[axis], rowByteCounts[axis])
        let readings = steps.prefix(axis).reduce(1, *)
        if step <= limit / rowByteCount {
            rows = Swift.max(step, usual / rowByteCount / step * step)
            readingsPerChunk = readings
        } else {
            rows = limit / rowByteCount
            readingsPerChunk = readings.multiplied(by: step / rows + 2) ?? .max
        }
        self.axis = axis
    }
}

extension SlabPlan: Sequence {
    /// The slabs in row-major order; none where a size is 0.
    func makeIterator() -> AnyIterator<Slab> {
        guard !shape.contains(0) else { return AnyIterator { nil } }
        guard !shape.isEmpty else { return AnyIterator(CollectionOfOne(Slab(start: [], sizes: [])).makeIterator()) }
        var next: [Int]? = [Int](repeating: 0, count: shape.count)
        return AnyIterator {
            guard let start = next else { return nil }
            var sizes = shape
            for outer in 0..<axis { sizes[outer] = 1 }
            sizes[axis] = Swift.min(rows, shape[axis] - start[axis])
            next = following(start)
            return Slab(start: start, sizes: sizes)
        }
    }

    private func following(_ start: [Int]) -> [Int]? {
        var position = start
        for axis in (0...self.axis).reversed() {
            position[axis] += axis == self.axis ? Swift.min(rows, shape[axis] - position[axis]) : 1
            if position[axis] < shape[axis] { return position }
            position[axis] = 0
        }
        return nil
    }
}
