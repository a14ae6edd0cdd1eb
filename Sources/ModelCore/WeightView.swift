extension WeightSource {
    /// The view whose axis k is axis `permutation[k]` of this weight.
    package func permuted(by permutation: [Int]) -> WeightSource {
        view(permutation.map { ViewAxis(base: $0, positions: 0..<shape[$0]) })
    }

    /// The view in which these axes run backwards.
    package func flipped(axes: [Int]) -> WeightSource {
        view(shape.indices.map { ViewAxis(base: $0, positions: 0..<shape[$0], isFlipped: axes.contains($0)) })
    }

    /// The view of these positions along one axis, which must be within `0..<shape[axis]`.
    package func sliced(axis: Int, _ positions: Range<Int>) -> WeightSource {
        view(shape.indices.map { ViewAxis(base: $0, positions: $0 == axis ? positions : 0..<shape[$0]) })
    }

    func view(_ axes: [ViewAxis]) -> WeightSource {
        // A view of a view would read all of that one for any part of itself.
        if let rearranged { return rearranged(axes) }
        let view = WeightView(base: self, axes: axes)
        let base = self
        let isWhole = axes.allSatisfy { !$0.isFlipped && $0.positions == 0..<shape[$0.base] }
        var source = WeightSource(
            dtype: dtype, shape: view.shape, origin: origin, provenance: isWhole ? provenance?.permuted(shape, by: axes.map(\.base)) : nil,
            readsAnywhere: false, rearranged: { base.view($0.map { $0.within(axes) }) }
        ) { elements, consumer throws(ModelError) in
            try view.stream(elements, consumer)
        }
        source.derivation = derivation
        return source
    }
}

/// One axis of a view: which axis of the base it shows, and which positions along it.
struct ViewAxis: Sendable {
    let base: Int
    var positions: Range<Int>
    var isFlipped = false
}

/// A rearrangement of a part of a weight, which shows every axis of it once. What is wanted is put together block by block, each read in the
/// order of the base.
private struct WeightView: Sendable {
    let base: WeightSource
    let axes: [ViewAxis]

    /// The most bytes of a block; more where each block costs a reading of the base, or of much of it.
    private static let (blockSize, greatestBlockSize) = (1 << 24, 1 << 26)
    /// The fewest bytes of neighbours that are worth a reading of their own, or the bytes from one to the next; with fewer, what lies between them is
    /// read as well.
    private static let (leastRun, leastStep) = (512, 1 << 13)

    var shape: [Int] { axes.map(\.positions.count) }

    /// The most elements of a block, and the outermost axis along which a block of so many has more than one position; `nil` where none has.
    private func cut(_ shape: [Int], _ strides: [Int]) -> (limit: Int, axis: Int?) {
        let width = base.dtype.byteCount
        var limit = Self.blockSize / width
        var axis = strides.firstIndex { $0 <= limit }
        // Where a block has few of the positions that are neighbours in the base, and others lie close by, all that is between is read as well.
        var isScattered = false
        if let axis, let neighbours = axes.firstIndex(where: { $0.base == base.shape.count - 1 }), neighbours <= axis {
            let run = neighbours < axis ? 1 : min(limit / strides[axis], shape[axis])
            isScattered = run < shape[neighbours] && run * width < Self.leastRun && base.shape[axes[neighbours].base] * width < Self.leastStep
        }
        if !base.readsAnywhere || isScattered {
            limit = Self.greatestBlockSize / width
            axis = strides.firstIndex { $0 <= limit }
        }
        return (limit, axis)
    }

    func stream(_ elements: Range<Int>, _ consumer: WeightSource.Consumer) throws(ModelError) {
        guard !elements.isEmpty else { return }
        let shape = shape
        let strides = RowMajor.strides(shape)
        let (limit, outermost) = cut(shape, strides)
        guard let axis = outermost else { return try streamBlock(axes, elements, from: 0, consumer) }
        let rows = max(limit / strides[axis], 1)
        var start = elements.lowerBound / strides[axis] * strides[axis]
        while start < elements.upperBound {
            // A block ends where the axis does, if not before.
            let position = start / strides[axis] % shape[axis]
            let wanted = (elements.upperBound - start + strides[axis] - 1) / strides[axis]
            let end = start + min(rows, shape[axis] - position, wanted) * strides[axis]
            var block = axes
            for outer in 0..<axis { block[outer] = axes[outer].part(start / strides[outer] % shape[outer], count: 1) }
            block[axis] = axes[axis].part(position, count: (end - start) / strides[axis])
            try streamBlock(block, elements.clamped(to: start..<end), from: start, consumer)
            start = end
        }
    }

    /// Hands on `elements` of the block that begins with the element `start`.
    private func streamBlock(
        _ block: [ViewAxis], _ elements: Range<Int>, from start: Int, _ consumer: WeightSource.Consumer
    ) throws(ModelError) {
        let width = base.dtype.byteCount
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: block.reduce(width) { $0 * $1.positions.count }, alignment: 8)
        defer { buffer.deallocate() }
        let runs = BlockRuns(block, of: base.shape)
        let end = runs.start(runs.count - 1) + runs.length
        let step = (end - runs.start(0)) / runs.count
        if base.readsAnywhere, runs.length * width >= Self.leastRun || step * width >= Self.leastStep {
            for run in 0..<runs.count {
                var first = runs.start(run)
                try base.stream(first..<first + runs.length) { piece in
                    runs.copy(piece, at: first, of: run, width: width, to: buffer)
                    first += piece.count / width
                }
            }
        } else {
            var first = runs.start(0)
            var run = 0
            try base.stream(first..<end) { piece in
                let end = first + piece.count / width
                while run < runs.count, runs.start(run) < end {
                    runs.copy(piece, at: first, of: run, width: width, to: buffer)
                    // One that goes on in the next piece is continued there.
                    guard runs.start(run) + runs.length <= end else { break }
                    run += 1
                }
                first = end
            }
        }
        try consumer(UnsafeRawBufferPointer(rebasing: buffer[(elements.lowerBound - start) * width..<(elements.upperBound - start) * width]))
    }
}

extension ViewAxis {
    /// The axis of a view whose own axes are `axes`, as one of that view's base.
    fileprivate func within(_ axes: [ViewAxis]) -> ViewAxis {
        var axis = axes[base].part(positions.lowerBound, count: positions.count)
        axis.isFlipped = axis.isFlipped != isFlipped
        return axis
    }

    /// The axis from one position of the view on.
    fileprivate func part(_ position: Int, count: Int) -> ViewAxis {
        var part = self
        let start = isFlipped ? positions.upperBound - position - count : positions.lowerBound + position
        part.positions = start..<start + count
        return part
    }
}

/// The elements of a block in the order of the base: runs of neighbours, one after the other.
private struct BlockRuns {
    /// How many runs there are, and how many elements each has.
    let count: Int
    let length: Int
    /// The axes of the base, outermost first, without the last.
    private let sizes: [Int]
    private let baseStrides: [Int]
    private let blockStrides: [Int]
    private let firstInBase: Int
    private let firstInBlock: Int
    /// The step in the block from one element of a run to the next.
    private let step: Int

    init(_ block: [ViewAxis], of shape: [Int]) {
        let baseStrides = RowMajor.strides(shape)
        let blockStrides = RowMajor.strides(block.map(\.positions.count))
        // Axes of one position are left out, and those that are neighbours in both arrays become one.
        var axes: [(size: Int, base: Int, block: Int)] = []
        var firstInBase = 0
        var firstInBlock = 0
        for (position, axis) in block.enumerated().sorted(by: { $0.element.base < $1.element.base }) {
            let size = axis.positions.count
            let stride = axis.isFlipped ? -blockStrides[position] : blockStrides[position]
            firstInBase += axis.positions.lowerBound * baseStrides[axis.base]
            if axis.isFlipped { firstInBlock += (size - 1) * blockStrides[position] }
            if size == 1 { continue }
            if let last = axes.last, last.base == size * baseStrides[axis.base], last.block == size * stride {
                axes[axes.count - 1] = (last.size * size, baseStrides[axis.base], stride)
            } else {
                axes.append((size, baseStrides[axis.base], stride))
            }
        }
        let inner = axes.last.flatMap { $0.base == 1 ? $0 : nil } ?? (size: 1, base: 1, block: 1)
        if axes.last?.base == 1 { axes.removeLast() }
        length = inner.size
        step = inner.block
        count = axes.reduce(1) { $0 * $1.size }
        sizes = axes.map(\.size)
        self.baseStrides = axes.map(\.base)
        self.blockStrides = axes.map(\.block)
        self.firstInBase = firstInBase
        self.firstInBlock = firstInBlock
    }

    /// Where a run begins in the base.
    func start(_ run: Int) -> Int { firstInBase + offset(run, baseStrides) }

    /// Copies what `piece`, elements of the base from `first` on, has of a run to its places in the block.
    func copy(_ piece: UnsafeRawBufferPointer, at first: Int, of run: Int, width: Int, to block: UnsafeMutableRawBufferPointer) {
        let start = start(run)
        let part = (start..<start + length).clamped(to: first..<first + piece.count / width)
        guard !part.isEmpty, let from = piece.baseAddress, let to = block.baseAddress else { return }
        let source = from + (part.lowerBound - first) * width
        let target = firstInBlock + offset(run, blockStrides) + (part.lowerBound - start) * step
        if step == 1 {
            (to + target * width).copyMemory(from: source, byteCount: part.count * width)
        } else {
            switch width {
            case 1: scatter(source, to, target, part.count, as: UInt8.self)
            case 2: scatter(source, to, target, part.count, as: UInt16.self)
            case 4: scatter(source, to, target, part.count, as: UInt32.self)
            default: scatter(source, to, target, part.count, as: UInt64.self)
            }
        }
    }

    private func scatter<Word: BitwiseCopyable>(
        _ source: UnsafeRawPointer, _ block: UnsafeMutableRawPointer, _ target: Int, _ count: Int, as: Word.Type
    ) {
        let width = MemoryLayout<Word>.size
        for index in 0..<count {
            block.storeBytes(
                of: source.loadUnaligned(fromByteOffset: index * width, as: Word.self), toByteOffset: (target + index * step) * width, as: Word.self)
        }
    }

    private func offset(_ run: Int, _ strides: [Int]) -> Int {
        var rest = run
        var result = 0
        for axis in sizes.indices.reversed() {
            result += rest % sizes[axis] * strides[axis]
            rest /= sizes[axis]
        }
        return result
    }
}
