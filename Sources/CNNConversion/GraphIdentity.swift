import ByteIO
import ModelCore
import ModelGraph

/// Gives values of several graphs numbers, equal ones to values that are computed alike from equal inputs and weights.
///
/// Names play no part, and neither do forms that mean the same: an identity, a merge of one, amounts of zero; padding in a convolution or before
/// it; an activation that is a case of another.
struct GraphIdentity {
    private enum Key: Hashable {
        case input(Int, Shape)
        case node(Operator, inputs: [Int], weights: [String: Int])
    }

    struct WeightKey: Hashable {
        let digest: Digest256
        let dtype: DType
        let shape: [Int]
        let layout: KernelLayout
    }

    private var numbers: [Key: Int] = [:]
    /// The number of each weight that has been seen.
    private(set) var weightKeys: [WeightKey: Int] = [:]
    private var weightNames: [String] = []

    /// The numbers of a graph's values, but for those that no output depends on.
    /// - Parameter judge: told of each value of a node, of its number and of those before; gives the number that the value is to have.
    mutating func values(
        of graph: Graph, progress: (Double) -> Void,
        judge: (String, Int, [String: Int]) throws(ModelError) -> Int = { (_, number, _) throws(ModelError) in number }
    ) throws(ModelError) -> [String: Int] {
        let shapes = try graph.inferShapes()
        var values: [String: Int] = [:]
        for (position, input) in graph.inputs.enumerated() {
            values[input.name] = number(.input(position, Shape([nil] + input.shape.sizes.dropFirst())))
        }
        var needed = Set(graph.outputs.map(\.value))
        for node in graph.nodes.reversed() where needed.contains(node.output) { needed.formUnion(node.inputs) }
        var weights: [String: Int] = [:]
        for (position, node) in graph.nodes.enumerated() where needed.contains(node.output) {
            var roles: [String: Int] = [:]
            for (role, name) in node.weights {
                guard let weight = graph.weights[name] else { continue }
                if weights[name] == nil { weights[name] = try self.number(node.isConstant ? weight.asConstant : weight, name) }
                roles[role] = weights[name]
            }
            let inputs = node.inputs.compactMap { values[$0] }
            let number = number(node.operation, inputs, roles, rank: node.inputs.first.flatMap { shapes[$0]?.rank } ?? 0)
            values[node.output] = try judge(node.output, number, values)
            progress(Double(position + 1) / Double(graph.nodes.count))
        }
        return values
    }

    /// The numbers of a graph's outputs, in order.
    mutating func outputs(of graph: Graph, progress: (Double) -> Void) throws(ModelError) -> [Int] {
        let values = try values(of: graph, progress: progress)
        return graph.outputs.compactMap { values[$0.value] }
    }

    /// The names of weights that are new since there were so many.
    func new(after count: Int) -> ArraySlice<String> { weightNames.dropFirst(count) }

    private mutating func number(_ key: Key) -> Int {
        if let known = numbers[key] { return known }
        numbers[key] = numbers.count
        return numbers.count - 1
    }

    private mutating func number(_ weight: Weight, _ name: String) throws(ModelError) -> Int {
        // Keras' files have Float32 for bfloat16, the same numbers.
        let source = weight.source.dtype == .bfloat16 ? weight.source.widened : weight.source
        var hasher = SHA256Hasher()
        try source.stream { hasher.update($0) }
        let key = WeightKey(digest: hasher.finalize(), dtype: source.dtype, shape: source.shape, layout: weight.layout)
        if let known = weightKeys[key] { return known }
        weightKeys[key] = weightKeys.count
        weightNames.append(name)
        return weightKeys.count - 1
    }

    // MARK: Forms

    private mutating func number(_ operation: Operator, _ inputs: [Int], _ weights: [String: Int], rank: Int) -> Int {
        func plain(_ operation: Operator, _ inputs: [Int], _ weights: [String: Int] = [:]) -> Key {
            .node(operation, inputs: inputs, weights: weights)
        }
        switch operation {
        case .identity: return inputs.first ?? 0
        case .merge(let merge) where inputs.count == 1 && merge.kind != .subtract && merge.kind != .divide: return inputs[0]
        case .concatenate where inputs.count == 1: return inputs[0]
        case .pad(let pad) where !(pad.before + pad.after).contains { $0 != 0 }: return inputs[0]
        case .crop(let crop) where crop.isIdentity: return inputs[0]
        case .convolution(var convolution):
            guard case .explicit(let before, let after, let mode) = convolution.padding else { break }
            convolution.padding = .valid
            var pad = Pad(before: [Int](repeating: 0, count: rank), after: [Int](repeating: 0, count: rank), mode: mode)
            for (position, axis) in convolution.layout.spatialAxes.enumerated() where axis < rank {
                (pad.before[axis], pad.after[axis]) = (before[position], after[position])
            }
            let padded = number(pad.erased, inputs, [:], rank: rank)
            return number(plain(convolution.erased, [padded], weights))
        case .activation(let activation):
            switch activation.function {
            case .threshold(let threshold, value: 0):
                return number(plain(Activation(.relu(negativeSlope: 0, maximum: nil, threshold: threshold)).erased, inputs))
            case .hardTanh(minimum: 0, let maximum):
                return number(plain(Activation(.relu(negativeSlope: 0, maximum: maximum, threshold: 0)).erased, inputs))
            case .hardSigmoid(let slope, let offset): return hardSigmoid(inputs, slope, offset)
            case .hardSilu(let slope, let offset):
                return number(plain(Merge(.multiply).erased, (inputs + [hardSigmoid(inputs, slope, offset)]).sorted()))
            default: break
            }
        default: break
        }
        return number(plain(operation, operation.isCommutative(inputs.count) ? inputs.sorted() : inputs, weights))
    }

    private mutating func hardSigmoid(_ inputs: [Int], _ slope: Double, _ offset: Double) -> Int {
        let line = number(.node(Rescaling(scale: [slope], offset: [offset]).erased, inputs: inputs, weights: [:]))
        let clip = Activation(.relu(negativeSlope: 0, maximum: 1, threshold: 0)).erased
        return number(.node(clip, inputs: [line], weights: [:]))
    }
}

extension Node {
    var isConstant: Bool {
        if case .constant = operation { true } else { false }
    }
}

extension Operator {
    /// Whether two inputs give the same bits in either order.
    fileprivate func isCommutative(_ count: Int) -> Bool {
        guard case .merge(let merge) = self, count == 2 else { return false }
        return merge.kind == .add || merge.kind == .multiply
    }
}

extension Weight {
    /// What arithmetic makes of an array of constants, whatever it is called and however many axes of size 1 it begins with.
    fileprivate var asConstant: Weight {
        Weight(source.reshaped(Array(source.shape.drop { $0 == 1 })), layout: .other)
    }
}
