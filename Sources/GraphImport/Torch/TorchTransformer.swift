import ModelCore
import ModelGraph

// What `nn.MultiheadAttention` and `nn.TransformerEncoderLayer` become where they are traced without gradients: each a call of one function.
extension TorchFlow {
    /// - Returns: the result, and the weights if they are wanted.
    mutating func multiheadAttention() throws(ModelError) -> [TorchValue] {
        let query = try tensor("query")
        guard try tensor("key") == query, try tensor("value") == query else { throw unsupported("looks at another tensor than it asks about") }
        try requireNoMask()
        let (attended, weights) = try selfAttention(query, heads: try integer("num_head"))
        let result = try line(attended, "proj_weight", "proj_bias")
        guard try bool("need_weights", default: true) else { return [.tensor(result), .nothing] }
        guard try bool("average_attn_weights", default: true) else { return [.tensor(result), .tensor(weights)] }
        return [.tensor(result), .tensor(try emit("average", Reduce(kind: .mean, axes: [1], keepsAxes: false).erased, [weights]))]
    }

    mutating func transformerLayer() throws(ModelError) -> String {
        try requireNoMask()
        let (source, isNormedFirst) = (try tensor("src"), try bool("norm_first", default: false))
        let function: ActivationFunction = try bool("use_gelu", default: false) ? .gelu : .relu(negativeSlope: 0, maximum: nil, threshold: 0)
        var x = isNormedFirst ? try norm(source, 1) : source
        x = try line(try selfAttention(x, heads: try integer("num_heads")).result, "proj_weight", "proj_bias", part: "projected")
        var sum = try emit("sum_1", Merge(.add).erased, [source, x])
        if !isNormedFirst { sum = try norm(sum, 1) }
        x = isNormedFirst ? try norm(sum, 2) : sum
        x = try emit("activation", Activation(function).erased, [try line(x, "ffn_weight_1", "ffn_bias_1", part: "line_1")])
        x = try line(x, "ffn_weight_2", "ffn_bias_2", part: "line_2")
        if isNormedFirst { return try emit(Merge(.add).erased, [sum, x]) }
        return try norm(try emit("sum_2", Merge(.add).erased, [sum, x]), 2, isLast: true)
    }

    private func requireNoMask() throws(ModelError) {
        guard argument(["mask"]) == nil else { throw unsupported("has a mask") }
    }

    /// A linear layer, as the last node of the call where no part is named.
    private mutating func line(_ input: String, _ kernel: String, _ bias: String, part: String? = nil) throws(ModelError) -> String {
        var used = ["kernel": try use(try requiredWeight(kernel), .oi)]
        if let bias = try vector(bias) { used["bias"] = try use(bias, .vector) }
        return if let part { try emit(part, Dense().erased, [input], weights: used) } else { try emit(Dense().erased, [input], weights: used) }
    }

    private mutating func norm(_ input: String, _ number: Int, isLast: Bool = false) throws(ModelError) -> String {
        let axis = shape(input).rank - 1
        let operation = RowNormalization(kind: .standard, axes: [axis], epsilon: try self.number("eps", default: 1e-5)).erased
        var used: [String: String] = [:]
        if let weight = try vector("norm_weight_\(number)") { used["gamma"] = try use(weight, .vector) }
        if let bias = try vector("norm_bias_\(number)") { used["beta"] = try use(bias, .vector) }
        return isLast ? try emit(operation, [input], weights: used) : try emit("norm_\(number)", operation, [input], weights: used)
    }

    /// Attention of each place of `[N, L, E]` to all, before its projection; the weights are `[N, heads, L, L]`.
    private mutating func selfAttention(_ input: String, heads: Int) throws(ModelError) -> (result: String, weights: String) {
        guard shape(input).rank == 3, heads >= 1, case let (length, width) = (shape(input)[1], try knownSize(input, 2)), width % heads == 0 else {
            throw unsupported("makes \(heads) heads of \(shape(input))")
        }
        let size = width / heads
        let all = try line(input, "qkv_weight", "qkv_bias", part: "qkv")
        let split = try emit("heads", Reshape(sizes: [length ?? -1, 3, heads, size]).erased, [all])
        let moved = try emit("moved", Transpose(permutation: [0, 2, 3, 1, 4]).erased, [split])
        var parts: [String] = []
        for (number, name) in ["query", "key", "value"].enumerated() {
            let crop = Crop(before: [0, number, 0, 0, 0], after: [0, 2 - number, 0, 0, 0]).erased
            let part = try emit("\(name)_part", crop, [moved])
            parts.append(try emit(name, Reshape(sizes: [heads, length ?? -1, size]).erased, [part]))
        }
        let weights = try attentionWeights(parts[0], parts[1], scale: 1 / Double(size).squareRoot(), mask: nil)
        let attended = try emit("attended", MatMul().erased, [weights, parts[2]])
        let places = try emit("places", Transpose(permutation: [0, 2, 1, 3]).erased, [attended])
        return (try emit("joined", Reshape(sizes: [length ?? -1, width]).erased, [places]), weights)
    }
}
