import ModelCore
import ModelGraph
import Verification

extension GraphEdit {
    /// The kernel's axes: inputs, outputs, and those of the window.
    private var axes: (shape: [Int], input: Int, output: Int, window: [Int])? {
        guard let weight = weight("kernel")?.weight, let input = weight.layout.axis("i"), let output = weight.layout.axis("o") else { return nil }
        let shape = weight.source.shape
        return (shape, input, output, shape.indices.filter { $0 != input && $0 != output })
    }

    mutating func flipKernel() throws(ModelError) -> Bool {
        guard let axes, !axes.window.isEmpty else { return false }
        return try rearrange("kernel") { index in
            index.indices.map { axes.window.contains($0) ? axes.shape[$0] - 1 - index[$0] : index[$0] }
        }
    }

    mutating func turnKernel() throws(ModelError) -> Bool {
        guard let axes, axes.window.count == 2, axes.shape[axes.window[0]] == axes.shape[axes.window[1]] else { return false }
        return try rearrange("kernel") { index in
            var index = index
            index.swapAt(axes.window[0], axes.window[1])
            return index
        }
    }

    /// The bytes of the layout with outputs first, taken for those of the layout that is stored.
    mutating func reinterpretKernel() throws(ModelError) -> Bool {
        guard let axes, !axes.window.isEmpty, let old = try values("kernel") else { return false }
        let strides = RowMajor.strides(axes.shape)
        let order = [axes.output, axes.input] + axes.window
        let sizes = order.map { axes.shape[$0] }
        let steps = RowMajor.strides(sizes)
        let bytes = old.indices.map { element in
            old[order.indices.reduce(0) { $0 + element / steps[$1] % sizes[$1] * strides[order[$1]] }]
        }
        return try replace("kernel", with: bytes)
    }

    mutating func transposeKernel() throws(ModelError) -> Bool {
        guard let axes, !axes.window.isEmpty, axes.shape[axes.input] == axes.shape[axes.output], axes.shape[axes.input] > 1 else { return false }
        return try rearrange("kernel") { index in
            var index = index
            index.swapAt(axes.input, axes.output)
            return index
        }
    }

    /// `[O, I]` taken for `[I, O]`.
    mutating func reinterpretDense() throws(ModelError) -> Bool {
        guard let axes, axes.window.isEmpty, let old = try values("kernel") else { return false }
        let (rows, columns) = (axes.shape[0], axes.shape[1])
        return try replace("kernel", with: old.indices.map { old[$0 % rows * columns + $0 / rows] })
    }

    /// What the first convolution reads as red is blue.
    mutating func reverseInput() throws(ModelError) -> Bool {
        guard case .convolution(let convolution) = node.operation, convolution.groups == 1, let axes, axes.shape[axes.input] == 3,
            node.inputs.allSatisfy(isImage)
        else { return false }
        return try rearrange("kernel") { index in
            var index = index
            index[axes.input] = 2 - index[axes.input]
            return index
        }
    }

    mutating func swapChannels(_ random: inout RandomStream) throws(ModelError) -> Bool {
        guard let axes, axes.shape[axes.output] > 1 else { return false }
        let first = random.below(axes.shape[axes.output])
        let second = (first + random.within(1...axes.shape[axes.output] - 1)) % axes.shape[axes.output]
        return try swap(first, second)
    }

    /// Two channels of the output, in the kernel and in the bias.
    private mutating func swap(_ first: Int, _ second: Int) throws(ModelError) -> Bool {
        guard let axes else { return false }
        func other(_ channel: Int) -> Int { channel == first ? second : channel == second ? first : channel }
        let isChanged = try rearrange("kernel") { index in
            var index = index
            index[axes.output] = other(index[axes.output])
            return index
        }
        if weight("bias") != nil { _ = try rearrange("bias") { [other($0[0])] } }
        return isChanged
    }

    /// Channels that are 0 whatever the input is: a normalisation multiplies them with 0, or the bias is far below all else and relu follows.
    mutating func swapDeadChannels(_ random: inout RandomStream) throws(ModelError) -> Bool {
        guard case .convolution = node.operation else { return false }
        var dead = try values("bias")?.indices(where: { $0 <= -100 }) ?? []
        if let reader = graph.nodes.firstIndex(where: { $0.inputs == [node.output] }), case .batchNormalization = graph.nodes[reader].operation,
            let gamma = graph.nodes[reader].weights["gamma"].flatMap({ graph.weights[$0] })
        {
            dead = try gamma.source.tensor().scalars.indices { $0 == 0 }
        }
        guard dead.count > 1 else { return false }
        return try swap(dead[0], dead[1])
    }

    /// Channel j of group g, counted as channel g of group j.
    mutating func reorderGroups() throws(ModelError) -> Bool {
        guard case .convolution(let convolution) = node.operation, convolution.groups > 1, let axes else { return false }
        let (groups, count) = (convolution.groups, axes.shape[axes.output] / convolution.groups)
        guard count > 1 else { return false }
        return try rearrange("kernel") { index in
            var index = index
            index[axes.output] = index[axes.output] % groups * count + index[axes.output] / groups
            return index
        }
    }

    /// The rows of a dense kernel after a flattening, in the order C, H, W where they are in the order H, W, C, or the reverse.
    mutating func reorderRows(_ random: inout RandomStream) throws(ModelError) -> Bool {
        guard case .dense = node.operation, let axes, let flattened = flattenedShape(), flattened.count > 2 else { return false }
        let channels = flattened[flattened.count - 1]
        let places = flattened.dropFirst().dropLast().reduce(1, *)
        guard places > 1, channels > 1, axes.shape[axes.input] == places * channels else { return false }
        let isReverse = random.chance(2)
        return try rearrange("kernel") { index in
            var index = index
            let row = index[axes.input]
            index[axes.input] = isReverse ? row % places * channels + row / places : row % channels * places + row / channels
            return index
        }
    }

    /// Whether axes were moved on purpose, so that the last one is not that of the channels.
    private func isTransposed(_ value: String?) -> Bool {
        if case .transpose = graph.nodes.first(where: { $0.output == value })?.operation { true } else { false }
    }

    /// The shape before the flattening that the node reads, through nodes that change no order.
    private func flattenedShape() -> [Int]? {
        var value = node.inputs.first
        while let maker = graph.nodes.first(where: { $0.output == value }) {
            switch maker.operation {
            case .flatten: return isTransposed(maker.inputs.first) ? nil : maker.inputs.first.flatMap { shapes[$0]?.known }
            case .activation, .identity: value = maker.inputs.first
            default: return nil
            }
        }
        return nil
    }
}

extension [Float] {
    fileprivate func indices(where isWanted: (Float) -> Bool) -> [Int] { indices.filter { isWanted(self[$0]) } }
}
