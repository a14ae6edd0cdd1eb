import ModelCore
import ReferenceEngine

/// A weight in memory.
struct LoadedWeight: Sendable {
    let shape: [Int]
    let layout: KernelLayout
    private let storage: Storage

    var count: Int { shape.reduce(1, *) }
    var floats: Floats { storage.floats }

    /// - Throws: `run.too-large`, `weight.length` where the source gives more or fewer elements than its shape says, and what the source throws.
    init(_ source: WeightSource, layout: KernelLayout) throws(ModelError) {
        guard source.shape.allSatisfy({ $0 >= 0 }), let count = source.shape.checkedProduct else {
            throw ModelError(Problem("run.too-large", "\(source.origin) has shape \(source.shape)"))
        }
        let storage = try Storage(count: count)
        var filled = 0
        var part: [Float] = []
        try source.stream { piece in
            // In parts, for a piece may be a whole weight in a mapped file.
            let step = (1 << 16) * source.dtype.byteCount
            for start in stride(from: 0, to: piece.count, by: step) {
                part.removeAll(keepingCapacity: true)
                source.dtype.append(UnsafeRawBufferPointer(rebasing: piece[start..<min(start + step, piece.count)]), to: &part)
                let fitting = min(part.count, count - min(filled, count))
                part.withUnsafeBufferPointer { numbers in
                    if let base = numbers.baseAddress { (storage.floats + min(filled, count)).update(from: base, count: fitting) }
                }
                filled += part.count
            }
        }
        guard filled == count else {
            throw ModelError(Problem("weight.length", "\(source.origin) gave \(filled) elements, its shape is \(source.shape)", kind: .fault))
        }
        self.shape = source.shape
        self.layout = layout
        self.storage = storage
    }

    /// A copy as the reference engine takes it.
    func forReference() throws(ModelError) -> ReferenceWeight<Float> {
        ReferenceWeight(values: try Value(shape: shape, storage: storage).tensor(), layout: layout)
    }

    /// A copy of a vector, or of this length all `absent` where there is no weight.
    static func vector(_ weight: LoadedWeight?, count: Int, absent: Float) -> [Float] {
        guard let weight, weight.count == count else { return [Float](repeating: absent, count: count) }
        return Array(UnsafeBufferPointer(start: weight.floats.base, count: count))
    }
}
