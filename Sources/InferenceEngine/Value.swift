import ModelCore

/// An activation while a run needs it.
struct Value: Sendable {
    let shape: [Int]
    var storage: Storage

    var count: Int { shape.reduce(1, *) }
    var floats: Floats { storage.floats }

    /// A copy for the caller.
    func tensor() throws(ModelError) -> Tensor<Float> {
        let scalars = [Float](unsafeUninitializedCapacity: count) { buffer, initializedCount in
            buffer.baseAddress?.initialize(from: floats.base, count: count)
            initializedCount = count
        }
        guard let tensor = Tensor(shape: shape, scalars: scalars) else {
            throw ModelError(Problem("run.shape", "a value of shape \(shape) has \(scalars.count) elements", kind: .fault))
        }
        return tensor
    }
}

/// What a step may use while it runs.
struct RunContext: Sendable {
    let team: WorkerTeam
    let kernels: Kernels
    let pool: StoragePool
    /// Bytes that memory besides the values may take.
    var memoryLimit = Int.max

    /// Memory besides the values.
    /// - Throws: `run.too-large` where it exceeds the memory limit.
    func scratch(_ sizes: [Int]) throws(ModelError) -> Storage {
        guard let count = sizes.checkedProduct, let bytes = count.multiplied(by: MemoryLayout<Float>.stride), bytes <= memoryLimit else {
            throw ModelError(Problem("run.too-large", "intermediate numbers of shape \(sizes) exceed the limit of \(memoryLimit) bytes"))
        }
        return try pool.take(count)
    }

    /// A value whose elements the caller is to write.
    func make(_ shape: [Int]) throws(ModelError) -> Value {
        guard let count = shape.checkedProduct else {
            throw ModelError(Problem("run.too-large", "a value of shape \(shape) has more elements than can be counted"))
        }
        return Value(shape: shape, storage: try pool.take(count))
    }

    func make(_ tensor: Tensor<Float>) throws(ModelError) -> Value {
        let value = try make(tensor.shape)
        tensor.scalars.withUnsafeBufferPointer { scalars in
            if let base = scalars.baseAddress { value.floats.base.update(from: base, count: scalars.count) }
        }
        return value
    }

    /// A value for the result of an operator that reads each element once, before it writes it: the memory of an input that nobody else
    /// holds, else new memory. Inputs have the shape of the result.
    func makeOver(_ inputs: inout [Value], candidates: Int = 1) throws(ModelError) -> Value {
        for index in inputs.indices.prefix(candidates) where isKnownUniquelyReferenced(&inputs[index].storage) {
            return inputs[index]
        }
        return try make(inputs[0].shape)
    }
}
