package import ModelCore

/// What a graph does not say about the state dict of PyTorch that it was made of: how each tensor comes out of a weight of the graph, and what else
/// the state dict has.
package struct StateDictRecord: Sendable, Hashable {
    /// The tensors that come back, in the order of the state dict.
    package var tensors: [Tensor] = []
    /// Numbers that nothing computes with, such as how many batches a normalisation has seen, by name.
    package var counters: [String: Int] = [:]
    /// The tensors that do not come back, for no layer reads them.
    package var unused: [String] = []
    /// The tensors that do not come back, for weights of the graph were computed with them.
    package var consumed: [String] = []

    package init() {}

    package var isEmpty: Bool { tensors.isEmpty && counters.isEmpty && unused.isEmpty && consumed.isEmpty }

    /// A tensor of a state dict, and the weight of a graph that has its elements. Several may be in one weight.
    package struct Tensor: Sendable, Hashable {
        /// In the state dict: `fc.weight`.
        package let name: String
        package let shape: [Int]
        /// In the graph.
        package let weight: String
        /// The shape under which the weight is seen, and its axes in the order that makes the tensor: axis k is axis `permutation[k]`.
        package let split: [Int]
        package let permutation: [Int]

        /// - Returns: `nil` for what is no rearrangement of as many elements.
        package init?(name: String, shape: [Int], weight: String, split: [Int], permutation: [Int]) {
            guard permutation.sorted() == Array(split.indices), split.allSatisfy({ $0 >= 1 }), shape.allSatisfy({ $0 >= 1 }),
                let count = split.checkedProduct, shape.checkedProduct == count
            else { return nil }
            self.name = name
            self.shape = shape
            self.weight = weight
            self.split = split
            self.permutation = permutation
        }

        /// The tensor, out of the weight; `nil` for one of another size.
        package func tensor(of weight: WeightSource) -> WeightSource? {
            guard weight.shape.checkedProduct == split.checkedProduct else { return nil }
            return moved(weight, split, permutation, to: shape)
        }

        /// The weight of this shape, out of another tensor of the tensor's shape.
        package func weight(of tensor: WeightSource, shape: [Int]) -> WeightSource? {
            guard tensor.shape == self.shape, shape.checkedProduct == split.checkedProduct else { return nil }
            let back = permutation.indices.map { permutation.firstIndex(of: $0) ?? $0 }
            return moved(tensor, permutation.map { split[$0] }, back, to: shape)
        }

        private func moved(_ source: WeightSource, _ split: [Int], _ permutation: [Int], to shape: [Int]) -> WeightSource {
            guard permutation != Array(permutation.indices) else { return source.reshaped(shape) }
            return source.reshaped(split).permuted(by: permutation).reshaped(shape)
        }

        /// The same elements under another name.
        package func called(_ name: String) -> Tensor? {
            Tensor(name: name, shape: shape, weight: weight, split: split, permutation: permutation)
        }
    }
}
