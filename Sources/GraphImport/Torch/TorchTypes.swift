import ModelCore
import ModelGraph

// Types of elements. Every value of a graph is of floating point numbers, which run as Float32; tensors of the file are of any type.
extension TorchFlow {
    /// A value as the type that the call asks for.
    /// - Throws: `torch.unsupported-call` where elements would change.
    mutating func typed(_ value: TorchValue) throws(ModelError) -> TorchValue {
        guard let wanted = try wantedType() else { return value }
        let own = type(of: value)
        if wanted == own { return value }
        switch wanted {
        case .truth where derived != nil: return .tensor(try derive(.truth, of: try input()))
        case .number(.float32) where derived != nil: return .tensor(try emit(Identity().erased, [try input()]))
        // Whole numbers of weights alone are computed with as all others.
        case .number(.int64) where derived != nil && own != .truth, .number(.int32) where derived != nil && own != .truth:
            return .tensor(try derive(.truncation, of: try input()))
        default: throw unsupported("changes the type of elements from \(own.name) to \(wanted.name)")
        }
    }

    private func type(of value: TorchValue) -> TorchElementType {
        guard case .weight(let key) = value, let weight = weights[key] else { return .number(.float32) }
        if let derived = weight.derived { return derived.isTruth ? .truth : .number(.float32) }
        return .number(weight.source.dtype)
    }

    /// - Throws: `torch.unsupported-call` where a call on weights alone has truth values and would take them for numbers.
    func requireNumbers(_ value: DerivedValue) throws(ModelError) {
        guard value.isTruth, let function = TorchFunction(call.function), !function.readsTruth else { return }
        throw unsupported("computes with truth values")
    }

    private func wantedType() throws(ModelError) -> TorchElementType? {
        if call.function == "float" { return .number(.float32) }
        if let other = argument(["other"]) {
            guard case .value(let name) = other, let like = values[name] else { throw unsupported("takes the type of what is no tensor") }
            return type(of: like)
        }
        guard let argument = argument(["dtype"]) else { return nil }
        guard case .text(let name) = argument, let type = TorchElementType(name) else { throw unsupported("changes the type of elements") }
        return type
    }
}

/// What PyTorch calls `dtype`, as far as it is known here.
enum TorchElementType: Hashable {
    case number(DType)
    case truth

    init?(_ name: String) {
        if name == "bool" {
            self = .truth
        } else if let type = DType(rawValue: name) {
            self = .number(type)
        } else {
            return nil
        }
    }

    var name: String {
        switch self {
        case .number(let type): type.rawValue
        case .truth: "bool"
        }
    }
}

extension TorchFunction {
    /// Whether it does with truth values what it does with the numbers 1 and 0.
    fileprivate var readsTruth: Bool {
        switch self {
        case .cumsum, .sum, .logicalNot, .bitwiseNot, .cat, .concat, .concatenate, .stack, .index, .indexSelect, .flip, .repeat: true
        default: memory != .own || isIdentity
        }
    }
}
