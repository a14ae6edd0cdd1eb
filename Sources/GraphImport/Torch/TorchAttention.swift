import ModelCore
import ModelGraph

// `scaled_dot_product_attention`: `softmax(q k^T * scale + mask) v`.
extension TorchFlow {
    mutating func attention() throws(ModelError) -> String {
        guard try number("dropout_p", default: 0) == 0, argument(["dropout_mask"]) == nil else {
            throw problem("torch.training-mode", "drops weights at random", hint: "call model.eval() before the network is exported")
        }
        let (query, key, value) = (try tensor("query"), try tensor("key"), try tensor("value"))
        let rank = shape(query).rank
        guard rank >= 3, shape(key).rank == rank, shape(value).rank == rank else {
            throw unsupported("is called with \(shape(query)), \(shape(key)) and \(shape(value))")
        }
        if try bool("enable_gqa", default: false), shape(query)[rank - 3] != shape(key)[rank - 3] {
            return try groupedAttention(query, key, value)
        }
        let scale = try number("scale", default: 1 / Double(try knownSize(query, rank - 1)).squareRoot())
        let weights = try attentionWeights(query, key, scale: scale, mask: try mask(rank: rank, query, key))
        return try emit(MatMul().erased, [weights, value])
    }

    /// The same where several heads of the query, one after the other, share a key and a value (`enable_gqa`).
    private mutating func groupedAttention(_ query: String, _ key: String, _ value: String) throws(ModelError) -> String {
        let rank = shape(query).rank
        guard rank == 4, argument(["attn_mask", "attn_bias"]) == nil, try !bool("is_causal", default: false) else {
            throw unsupported("shares keys among heads (enable_gqa) and has a mask, or \(rank) axes")
        }
        let (heads, shared) = (try knownSize(query, 1), try knownSize(key, 1))
        guard shared >= 1, heads % shared == 0 else { throw unsupported("shares \(shared) keys among \(heads) heads") }
        let scale = try number("scale", default: 1 / Double(try knownSize(query, 3)).squareRoot())
        var parts: [String] = []
        for (number, (name, groups)) in [(query, heads / shared), (key, 1), (value, 1)].enumerated() {
            guard case .tensor(let part) = try reshaped(name, [nil, shared, groups] + shape(name).sizes[2...], part: "group_\(number)") else {
                continue
            }
            parts.append(part)
        }
        let weights = try attentionWeights(parts[0], parts[1], scale: scale, mask: nil)
        let attended = try emit("attended", MatMul().erased, [weights, parts[2]])
        guard case .tensor(let result) = try reshaped(attended, [nil, heads] + shape(attended).sizes[3...]) else { return attended }
        return result
    }

    /// How much of each value there is for each query: `softmax(q k^T * scale + mask)`.
    mutating func attentionWeights(_ query: String, _ key: String, scale: Double, mask: String?) throws(ModelError) -> String {
        var scores = try emit("scores", MatMul(transposesRight: true).erased, [query, key])
        scores = try emit("scaled", Rescaling(scale: [scale], offset: [0]).erased, [scores])
        if let mask { scores = try emit("masked", Merge(.add).erased, [scores, mask]) }
        return try emit("weights", Softmax(axes: [shape(scores).rank - 1]).erased, [scores])
    }

    /// What is added to the scores: 0, or minus infinity where nothing is to be looked at.
    private mutating func mask(rank: Int, _ query: String, _ key: String) throws(ModelError) -> String? {
        if try bool("is_causal", default: false) {
            guard argument(["attn_mask", "attn_bias"]) == nil else { throw unsupported("has a mask and is causal") }
            let (rows, columns) = (try knownSize(query, rank - 2), try knownSize(key, rank - 2))
            guard let count = rows.multiplied(by: columns), count <= Self.maskLimit else { throw unsupported("has a mask of \(rows) by \(columns)") }
            let shape = Array(repeating: 1, count: rank - 2) + [rows, columns]
            let mask = Tensor<Float>(shape: shape) { $0 % columns <= $0 / columns ? 0 : -.infinity }
            return try constant(TorchWeight(name: maskName, source: WeightSource(mask, origin: maskName), isLiteral: true), rank: rank, part: "mask")
        }
        guard let argument = argument(["attn_mask", "attn_bias"]) else { return nil }
        guard case .value(let given) = argument, let value = values[given] else { throw unsupported("has a mask that is no tensor") }
        switch value {
        case .tensor(let value):
            guard shape(value).rank == rank else { throw unsupported("has a mask \(shape(value)) for \(rank) axes") }
            return value
        case .weight(let key):
            guard let weight = weights[key] else { throw unsupported("has a mask that is no tensor") }
            return try constant(try scoresOf(weight), rank: rank, part: "mask")
        default: throw unsupported("has a mask that is no tensor")
        }
    }

    private static var maskLimit: Int { 1 << 26 }

    /// A name that marks numbers of the code, which no state dict has.
    private var maskName: String { "\(name)/mask/value" }

    /// A mask of truth values as numbers to add.
    private func scoresOf(_ mask: TorchWeight) throws(ModelError) -> TorchWeight {
        guard !mask.source.dtype.isFloatingPoint else { return mask }
        guard mask.source.dtype == .uint8, mask.source.count <= Self.maskLimit else {
            throw unsupported("has a mask of \(mask.source.dtype.rawValue)")
        }
        let scalars = try mask.source.bytes().map { $0 == 0 ? -Float.infinity : 0 }
        guard let tensor = Tensor(shape: mask.source.shape, scalars: scalars) else { throw unsupported("has a broken mask") }
        return TorchWeight(name: maskName, source: WeightSource(tensor, origin: mask.source.origin), isLiteral: true)
    }
}
