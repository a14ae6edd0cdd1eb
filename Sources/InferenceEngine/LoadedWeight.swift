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
    init(_ source: WeightSource, layout: KernelLayout, memory: WeightMemory = WeightMemory()) throws(ModelError) {
        guard source.shape.allSatisfy({ $0 >= 0 }), let count = source.shape.checkedProduct else {
            throw ModelError(Problem("run.too-large", "\(source.origin) has shape \(source.shape)"))
        }
        let storage = try memory.take(count)
        try source.read(to: storage.floats.base)
        self.shape = source.shape
        self.layout = layout
        self.storage = storage
    }

    /// A copy as the reference engine takes it.
    func forReference() throws(ModelError) -> ReferenceWeight {
        ReferenceWeight(values: try Value(shape: shape, storage: storage).tensor(), layout: layout)
    }

    /// A copy of a vector, or of this length all `absent` where there is no weight.
    static func vector(_ weight: LoadedWeight?, count: Int, absent: Float) -> [Float] {
        guard let weight, weight.count == count else { return [Float](repeating: absent, count: count) }
        return Array(UnsafeBufferPointer(start: weight.floats.base, count: count))
    }
}
