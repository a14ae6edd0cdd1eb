import ModelCore
import ModelGraph

// Arithmetic on weights alone: a call that no input reaches is lowered as all others are, into values that are computed in advance.
extension TorchFlow {
    /// Whether a tensor that the current call reads depends on an input, or it reads none and makes none.
    func dependsOnInput(_ function: TorchFunction) -> Bool {
        // Of the tensor that a new one is made after only the type is taken.
        let arguments = function.takesTypeOfTensor ? call.arguments.filter { $0.key != "self" } : call.arguments
        let read = arguments.values.flatMap(\.valueNames).compactMap { values[$0] }
        let areKnown = read.allSatisfy { value in
            switch value {
            case .weight, .integer, .number: true
            case .samples: function.makesTensor || function.memory == .shared || function == .repeat
            default: false
            }
        }
        guard areKnown else { return true }
        return !function.makesTensor && !read.contains { if case .weight = $0 { true } else { false } }
    }

    /// The results as values that later calls read: what was derived is a weight from here on.
    mutating func kept(_ results: [TorchValue]) -> [TorchValue] {
        guard let derived else { return results }
        return zip(results, results.indices).map { result, position in
            guard case .tensor(let name) = result, let value = derived[name] else { return result }
            let key = call.outputs.indices.contains(position) ? call.outputs[position] : name
            if case .weight(let tensor, let source) = value.step {
                weights[key] = TorchWeight(name: tensor.isEmpty ? name : tensor, source: source)
            } else {
                weights[key] = TorchWeight(name: name, derived: value)
            }
            return .weight(key)
        }
    }

    /// An argument as a value of a call on weights alone; `nil` for other calls and arguments.
    mutating func derivedTensor(_ argument: TorchArgument) throws(ModelError) -> String? {
        guard derived != nil else { return nil }
        switch argument {
        case .integer(let number): return try derive(Float(number))
        case .number(let number): return try derive(Float(number))
        case .value(let name):
            switch values[name] {
            case .integer(let number): return try derive(Float(number))
            case .number(let number): return try derive(Float(number))
            case .weight(let key):
                guard let weight = weights[key] else { return nil }
                let place = "%\(name)"
                let value = try value(of: weight)
                try requireNumbers(value)
                derived?[place] = value
                return place
            default: return nil
            }
        default: return nil
        }
    }

    func value(of weight: TorchWeight) throws(ModelError) -> DerivedValue {
        if let derived = weight.derived { return derived }
        return try DerivedValue(weight: weight.isLiteral ? "" : weight.name, weight.source)
    }

    private mutating func derive(_ number: Float) throws(ModelError) -> String {
        try derive(Tensor(repeating: number, shape: []), part: "number \(derived?.count ?? 0)")
    }

    /// Numbers from the code.
    mutating func derive(_ numbers: Tensor<Float>, part: String? = nil) throws(ModelError) -> String {
        try keep(try DerivedValue(numbers, by: part == nil ? call.function : ""), part)
    }

    /// What an operator makes of values that are derived.
    mutating func derive(_ name: String, _ operation: Operator, _ inputs: [String], _ weights: [String: String]) throws(ModelError) -> String {
        var values: [DerivedValue] = []
        for input in inputs { values.append(try value(input)) }
        var kernels: [String: DerivedWeight] = [:]
        for (role, weight) in weights { kernels[role] = try derivedWeight(weight) }
        if case .constant = operation, let value = kernels["value"]?.value {
            derived?[name] = value
            return name
        }
        let value: DerivedValue
        do throws(ModelError) {
            value = try DerivedValue(operation, values, weights: kernels, by: call.function)
        } catch {
            throw ModelError(error.problems.flatMap { problem($0.code, $0.message).problems }) ?? error
        }
        derived?[name] = value
        return name
    }

    /// A value under other sizes.
    mutating func deriveReshaped(_ value: String, _ sizes: [Int], part: String?) throws(ModelError) -> String {
        let value = try self.value(value)
        guard case .weight(let tensor, let source) = value.step, source.shape.checkedProduct == sizes.checkedProduct else {
            return try keep(try DerivedValue(reshaping: value, to: sizes, by: ""), part)
        }
        return try keep(try DerivedValue(weight: tensor, source.reshaped(sizes)), part)
    }

    /// Elements of an axis; those of a tensor of the file are seen there.
    mutating func deriveSlice(_ value: String, _ axis: Int, _ elements: Range<Int>, part: String?) throws(ModelError) -> String {
        let value = try self.value(value)
        if case .weight(let tensor, var source) = value.step, source.shape.indices.contains(axis), elements.upperBound <= source.shape[axis] {
            source = source.sliced(axis: axis, elements)
            source.derivation = WeightDerivation(from: source.derivation?.from ?? (tensor.isEmpty ? [] : [tensor]), by: [call.function])
            let tensor = tensor.isEmpty ? name : tensor
            return try keep(try DerivedValue(weight: "\(tensor)/\(axis):\(elements.lowerBound):\(elements.upperBound)", source), part)
        }
        var (before, after) = (value.shape.map { _ in 0 }, value.shape.map { _ in 0 })
        (before[axis], after[axis]) = (elements.lowerBound, value.shape[axis] - elements.upperBound)
        return try keep(try DerivedValue(Crop(before: before, after: after).erased, [value], by: call.function), part)
    }

    /// A value that is repeated along axes of size 1, and along new ones before the first.
    mutating func deriveStretched(_ value: String, _ sizes: [Int], part: String? = nil) throws(ModelError) -> String {
        try keep(try DerivedValue(stretching: try self.value(value), to: sizes, by: ""), part)
    }

    mutating func derive(_ function: ElementFunction, of value: String) throws(ModelError) -> String {
        try keep(try DerivedValue(function, of: try self.value(value), by: call.function), nil)
    }

    mutating func keep(_ value: DerivedValue, _ part: String?) throws(ModelError) -> String {
        let whole = part.map { "\(name)/\($0)" } ?? name
        derived?[whole] = value
        return whole
    }

    func value(_ name: String) throws(ModelError) -> DerivedValue {
        guard let value = derived?[name] else { throw unsupported("reads '\(name)', which depends on an input") }
        return value
    }

    /// A weight of the file, or one that was derived, as a weight of an operator.
    mutating func useDerived(_ weight: TorchWeight, _ layout: KernelLayout, shape: [Int]?) throws(ModelError) -> String {
        var value = try value(of: weight)
        if let shape, shape != value.shape { value = try DerivedValue(reshaping: value, to: shape, by: "") }
        let name = "%\(layout.rawValue) \(weight.name) \(derived?.count ?? 0)"
        derived?[name] = value
        derivedLayouts[name] = layout
        return name
    }

    private func derivedWeight(_ name: String) throws(ModelError) -> DerivedWeight {
        DerivedWeight(value: try value(name), layout: derivedLayouts[name] ?? .other)
    }
}
