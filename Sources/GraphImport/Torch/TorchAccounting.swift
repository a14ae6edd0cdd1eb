import ByteIO
import ModelCore

/// Which arguments of a call were read. What is left over would be dropped in silence, and so is refused.
final class TorchAccounting {
    var names: Set<String> = []

    func begin() { names = [] }

    func read(_ name: String) { names.insert(name) }

    /// The arguments that are given, not read, and may change what the call computes, by name.
    func leftOver(_ call: TorchCall, _ function: TorchFunction) -> [(name: String, value: TorchArgument)] {
        call.arguments.filter { name, value in
            value != .none && !names.contains(name) && !function.inertArguments.contains(name)
        }.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    }
}

extension TorchFlow {
    /// - Throws: `torch.argument` for each argument that nothing read.
    func requireAllRead(_ function: TorchFunction) throws(ModelError) {
        let problems = accounting.leftOver(call, function).flatMap { name, value in
            problem("torch.argument", "has \(name.excerpt) = \(value.text.excerpt), which is not converted").problems
        }
        if let error = ModelError(problems) { throw error }
    }

    /// Says that arguments do not matter because of what others say.
    func disregard(_ names: String...) {
        for name in names { accounting.read(name) }
    }
}

extension TorchFunction {
    /// Arguments that do not change what the function computes at inference.
    var inertArguments: Set<String> { Self.inertEverywhere.union(ownInertArguments) }

    /// Where elements are, in which order of axes in memory, and whether a copy is made of them. `layout` is strided or sparse.
    private static let inertEverywhere: Set<String> = [
        "memory_format", "device", "layout", "pin_memory", "non_blocking", "copy", "requires_grad", "inplace", "implicit",
    ]

    private var ownInertArguments: Set<String> {
        switch self {
        // Which of several programs computes it.
        case .convolutionOld: ["benchmark", "deterministic", "cudnn_enabled", "allow_tf32"]
        // How training updates statistics.
        case .batchNorm, .instanceNorm: ["momentum", "cudnn_enabled"]
        case .nativeBatchNorm, .batchNormNoTraining: ["momentum"]
        case .cudnnBatchNorm: ["exponential_average_factor"]
        case .groupNorm: ["cudnn_enabled"]
        case .layerNorm: ["cudnn_enable"]
        // The sizes of the input.
        case .nativeGroupNorm: ["N", "C", "HxW"]
        // What training draws.
        case .dropout, .featureDropout, .alphaDropout, .featureAlphaDropout, .nativeDropout: ["p"]
        case .rrelu: ["generator"]
        // How far elements are apart in memory.
        case .reshapeAlias: ["stride"]
        // The size of the input, and of which kind a mask is; masks are refused.
        case .multiheadAttention, .transformerLayer: ["embed_dim", "mask_type"]
        // Whether a result is made that only training reads.
        case .attentionEfficient: ["compute_log_sumexp"]
        // In which order products are taken.
        case .einsum: ["path"]
        // What an export makes sure of while it records.
        case .assertTensorMetadata: ["a", "self", "size", "stride", "dtype"]
        case .assertScalar: ["self", "assert_msg"]
        case .symConstrain: ["size", "min", "max"]
        default: []
        }
    }
}

extension TorchArgument {
    /// For messages, as Python writes it.
    var text: String {
        switch self {
        case .none: "None"
        case .bool(let value): value ? "True" : "False"
        case .integer(let value): "\(value)"
        case .number(let value): "\(value)"
        case .text(let value): "'\(value)'"
        case .value(let name): "tensor \(name)"
        case .list(let items): "[" + items.map(\.text).joined(separator: ", ") + "]"
        case .other(let kind): "<\(kind)>"
        }
    }
}
