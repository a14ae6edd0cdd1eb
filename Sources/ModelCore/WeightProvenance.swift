/// Which element of a tensor of a file each element of a weight is, where the weight has all of them in some order.
package struct WeightProvenance: Sendable, Hashable {
    /// The tensor's name, as its file has it.
    package let tensor: String
    /// The tensor's shape.
    package let shape: [Int]
    /// Nested loops over the elements of the tensor, the outermost first: in this order the weight has them.
    private var steps: [Step]

    private struct Step: Sendable, Hashable {
        var size: Int
        /// From one element to the next, in the tensor's row-major order.
        var stride: Int
    }

    /// A weight that has the elements of a tensor in their own order.
    package init(tensor: String, shape: [Int]) {
        self.tensor = tensor
        self.shape = shape
        steps = [Step(size: shape.reduce(1, *), stride: 1)]
    }

    /// That of the view of a weight of this shape, in which axis k is axis `permutation[k]`; `nil` where axes do not fall on steps.
    func permuted(_ shape: [Int], by permutation: [Int]) -> WeightProvenance? {
        var groups: [[Step]] = []
        var rest = steps[...]
        for size in shape {
            var group: [Step] = []
            var missing = size
            while missing > 1 {
                guard let step = rest.popFirst(), step.size > 0 else { return nil }
                if missing % step.size == 0 {
                    if step.size > 1 { group.append(step) }
                    missing /= step.size
                } else if step.size % missing == 0 {
                    let inner = step.size / missing
                    group.append(Step(size: missing, stride: step.stride * inner))
                    rest = [Step(size: inner, stride: step.stride)] + rest
                    missing = 1
                } else {
                    return nil
                }
            }
            groups.append(group)
        }
        guard permutation.allSatisfy(groups.indices.contains) else { return nil }
        var result = self
        result.steps = []
        for step in permutation.flatMap({ groups[$0] }) {
            if let last = result.steps.last, last.stride == step.stride * step.size {
                result.steps[result.steps.count - 1] = Step(size: last.size * step.size, stride: step.stride)
            } else {
                result.steps.append(step)
            }
        }
        return result
    }

    /// How the tensor comes out of the weight: seen under the shape `split`, axis k of the tensor's steps is axis `permutation[k]`.
    package var inverse: (split: [Int], permutation: [Int]) {
        (steps.map(\.size), steps.indices.sorted { steps[$0].stride > steps[$1].stride })
    }
}
