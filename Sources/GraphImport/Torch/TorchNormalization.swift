import ModelCore
import ModelGraph

// Normalisation.
extension TorchFlow {
    mutating func batchNormalization(_ function: TorchFunction) throws(ModelError) -> String {
        // Statistics of weights are the same whenever they are taken.
        if derived != nil, argument(["running_mean"]) == nil {
            disregard("training")
            let input = try input()
            guard shape(input).rank >= 2, shape(input)[0] == 1 else { throw unsupported("normalises weights by what several of them have together") }
            return try groups(0)
        }
        let training = function == .nativeBatchNorm || function == .batchNorm || function == .cudnnBatchNorm
        if training, try bool("training", default: false) { throw try trainingMode() }
        return try batchNormalization(presetEpsilon: 1e-5)
    }

    private mutating func batchNormalization(presetEpsilon: Double) throws(ModelError) -> String {
        let input = try input()
        guard shape(input).rank >= 2 else { throw unsupported("is called with \(shape(input)), expected channels after samples") }
        guard let mean = try vector("running_mean"), let variance = try vector("running_var") else { throw try trainingMode() }
        var used = ["mean": try use(mean, .vector), "variance": try use(variance, .vector)]
        if let weight = try vector("weight") { used["gamma"] = try use(weight, .vector) }
        if let bias = try vector("bias") { used["beta"] = try use(bias, .vector) }
        let epsilon = try number("eps", default: try number("epsilon", default: presetEpsilon))
        return try emit(BatchNormalization(axis: 1, epsilon: epsilon).erased, [input], weights: used)
    }

    private func trainingMode() throws(ModelError) -> ModelError {
        guard try vector("running_mean") != nil else {
            return problem(
                "torch.batch-statistics",
                "normalises by the statistics of the samples that it is given, for it was made to keep none (track_running_stats=False)",
                hint: "cnnconvert converts networks that treat every sample by itself: give the layer statistics, or use instance normalisation")
        }
        return problem(
            "torch.training-mode", "normalises by the statistics of the samples that it is given",
            hint: "call model.eval() before the network is exported"
        )
    }

    mutating func instanceNormalization() throws(ModelError) -> String {
        guard try bool("use_input_stats", default: true) else { return try batchNormalization(presetEpsilon: 1e-5) }
        disregard("running_mean", "running_var")
        return try groups(0)
    }

    mutating func groupNormalization(_ function: TorchFunction) throws(ModelError) -> String {
        try groups(try integer(function == .groupNorm ? "num_groups" : "group"))
    }

    private mutating func groups(_ count: Int) throws(ModelError) -> String {
        let input = try input()
        guard shape(input).rank >= 3 || count > 0 && shape(input).rank == 2 else {
            throw unsupported("is called with \(shape(input)), expected samples, channels and more")
        }
        let operation = GroupNormalization(axis: 1, groups: count, epsilon: try number("eps", default: 1e-5))
        return try emit(operation.erased, [input], weights: try scaleAndOffset())
    }

    mutating func rowNormalization(_ kind: RowNormalizationKind, presetEpsilon: Double) throws(ModelError) -> String {
        let input = try input()
        let rank = shape(input).rank
        let count = try list("normalized_shape")?.count ?? 0
        guard count >= 1, count < rank else { throw samples() }
        let operation = RowNormalization(kind: kind, axes: Array(rank - count..<rank), epsilon: try number("eps", default: presetEpsilon))
        return try emit(operation.erased, [input], weights: try scaleAndOffset())
    }

    private mutating func scaleAndOffset() throws(ModelError) -> [String: String] {
        var used: [String: String] = [:]
        if let weight = try weight("weight") { used["gamma"] = try use(weight, weight.source.shape.count == 1 ? .vector : .other) }
        if let bias = try weight("bias") { used["beta"] = try use(bias, bias.source.shape.count == 1 ? .vector : .other) }
        return used
    }
}
