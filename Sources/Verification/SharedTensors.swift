import ModelCore

extension Array {
    /// Each tensor with `transform` applied to its elements. Tensors that share memory, as those of a node that reads one value a million times,
    /// are converted once and share it again.
    func mapScalars<Old, New>(_ transform: (Old) -> New) -> [Tensor<New>] where Element == Tensor<Old> {
        var converted: [UnsafePointer<Old>: Tensor<New>] = [:]
        return map { tensor in
            // All of them are alive meanwhile, so that an address stands for one array.
            let address = tensor.scalars.withUnsafeBufferPointer { $0.baseAddress }
            if let address, let known = converted[address], known.shape == tensor.shape { return known }
            let result = tensor.map(transform)
            if let address { converted[address] = result }
            return result
        }
    }
}
