import ModelCore
import ModelGraph

// Types of elements. Every value of a graph is of floating point numbers, which run as Float32; tensors of the file are of any type.
extension TorchFlow {
    /// A value as the type that the call asks for.
    /// - Throws: `torch.unsupported-call` where elements would change.
    mutating func typed(_ value: TorchValue) throws(ModelError) -> TorchValue {
        guard let wanted = try wantedType() else { return value }
        var own = DType.float32
        if case .weight(let key) = value, let weight = weights[key], weight.derived == nil { own = weight.source.dtype }
        if wanted == own { return value }
        guard wanted == .float32, derived != nil else { throw unsupported("changes the type of elements from \(own.rawValue) to \(wanted.rawValue)") }
        return .tensor(try emit(Identity().erased, [try input()]))
    }

    private func wantedType() throws(ModelError) -> DType? {
        if call.function == "float" { return .float32 }
        if let other = argument(["other"]) {
            guard case .value(let name) = other, let like = values[name] else { throw unsupported("takes the type of what is no tensor") }
            guard case .weight(let key) = like else { return .float32 }
            return weights[key]?.source.dtype
        }
        guard let argument = argument(["dtype"]) else { return nil }
        guard case .text(let name) = argument, let type = DType(rawValue: name) else { throw unsupported("changes the type of elements") }
        return type
    }
}
