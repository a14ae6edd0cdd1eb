import ByteIO
import ModelCore

/// What pickles say is called, and what is made of it here.
extension PickleMachine {
    mutating func make(_ opcode: PickleOpcode) throws(ModelError) {
        switch opcode {
        case .build:
            let state = try pop()
            try setState(state, of: try top())
        case .newObjEx:
            // Named arguments.
            _ = try pop()
            let arguments = try pop()
            stack.append(try result(of: try pop(), arguments))
        default:
            let arguments = try pop()
            stack.append(try result(of: try pop(), arguments))
        }
    }

    private mutating func setState(_ state: PickleValue, of target: PickleValue) throws(ModelError) {
        guard case .object(let number) = target else { throw Self.wrongTarget(.build) }
        switch heap.kind(number) {
        case .instance: heap.setState(state, of: number)
        // Attributes of an ordered dictionary, such as `_metadata`; gradients and hooks of old parameters.
        case .dictionary(isPlain: false), .tensor, .refused: break
        default: throw Self.wrongTarget(.build)
        }
    }

    /// What a call gives: of a name with a meaning what it means, else an object that remembers the name.
    private mutating func result(of callee: PickleValue, _ arguments: PickleValue) throws(ModelError) -> PickleValue {
        guard let object = heap.object(callee), let values = heap.sequence(arguments) else {
            throw torchProblem("pickle-call", "a call of something that is no function, or with arguments that are no tuple")
        }
        switch object.kind {
        case .global(let number): return try result(of: heap.names[number], values)
        // What `functools.partial` or an attribute gives is called.
        case .instance(let number): return try heap.add(.instance(number))
        default: throw torchProblem("pickle-call", "a call of something that is no function")
        }
    }

    private mutating func result(of global: PickleGlobal, _ arguments: [PickleValue]) throws(ModelError) -> PickleValue {
        switch global.meaning {
        case .dictionary: return try dictionary(global, arguments)
        case .collection(let kind): return try heap.add(kind, arguments.first.flatMap { heap.sequence($0) } ?? [])
        case .first:
            guard let first = arguments.first else { throw wrongArguments(global) }
            return first
        case .tensor(let function): return try tensor(function, global, arguments)
        case .parameter:
            guard let first = arguments.first, isTensor(first) else {
                return try heap.refuse("object", "a \(global.fullName) that is not made of a tensor")
            }
            return first
        case .reconstructor:
            guard let first = arguments.first, let type = heap.global(first) else { throw wrongArguments(global) }
            return try heap.add(.instance(heap.number(of: type)))
        case .module:
            guard let attributes = arguments.first(where: { heap.dictionary($0) != nil }) else { throw wrongArguments(global) }
            let module = try heap.add(.instance(heap.number(of: global)))
            if case .object(let number) = module { heap.setState(attributes, of: number) }
            return module
        case .storage, .bytes, .type: throw wrongArguments(global)
        case nil:
            if global.isQuantised {
                return try heap.refuse(
                    "quantised", "a tensor of a quantised network", hint: "convert the network as it was before it was quantised")
            }
            if global.isTensorFunction {
                return try heap.refuse("tensor-kind", "a tensor that \(global.fullName.excerpt) makes, of a kind that cnnconvert does not read")
            }
            return try heap.add(.instance(heap.number(of: global)))
        }
    }

    /// A dictionary, empty or of pairs in a list, as Python 2 wrote it. A `defaultdict` begins with what makes its values.
    private mutating func dictionary(_ global: PickleGlobal, _ arguments: [PickleValue]) throws(ModelError) -> PickleValue {
        let arguments = global.name == "defaultdict" ? arguments.dropFirst() : arguments[...]
        var values: [PickleValue] = []
        if let first = arguments.first {
            guard arguments.count == 1, let pairs = heap.sequence(first) else { throw wrongArguments(global) }
            for pair in pairs {
                guard let pair = heap.sequence(pair), pair.count == 2 else { throw wrongArguments(global) }
                values += pair
            }
        }
        return try heap.add(.dictionary(isPlain: false), values)
    }

    private func isTensor(_ value: PickleValue) -> Bool {
        switch heap.object(value)?.kind {
        case .tensor, .refused: true
        default: false
        }
    }

    // MARK: - Tensors

    private mutating func tensor(
        _ function: PickleGlobal.TensorFunction, _ global: PickleGlobal, _ arguments: [PickleValue]
    ) throws(ModelError) -> PickleValue {
        switch function {
        case .wrapped:
            guard let first = arguments.first, isTensor(first) else { throw wrongArguments(global) }
            return first
        case .subclass:
            guard arguments.count >= 3, let inner = heap.global(arguments[0]), let type = heap.global(arguments[1]),
                let values = heap.sequence(arguments[2])
            else { throw wrongArguments(global) }
            guard case .parameter = type.meaning else {
                return try heap.refuse("tensor-kind", "a tensor of the class \(type.fullName.excerpt), which cnnconvert does not know")
            }
            // Not another of the same: it would call itself.
            guard case .tensor(let function) = inner.meaning, function != .subclass else { throw wrongArguments(global) }
            return try tensor(function, inner, values)
        case .strided: return try view(arguments, nil, marks: arguments.dropFirst(6).first, global)
        case .typed:
            guard arguments.count >= 7, let name = heap.global(arguments[6]) else { throw wrongArguments(global) }
            guard case .type(let type) = name.meaning else { return try refuseType(name.name) }
            return try view(arguments, type, marks: arguments.dropFirst(7).first, global)
        }
    }

    /// Storage, offset, sizes, strides.
    ///
    /// - Parameter marks: a dictionary, where the elements mean something else than they say: that they are to be negated, for example.
    private mutating func view(
        _ arguments: [PickleValue], _ given: StoredType?, marks: PickleValue?, _ global: PickleGlobal
    ) throws(ModelError) -> PickleValue {
        if let marks, let items = heap.dictionary(marks), !items.isEmpty {
            return try heap.refuse("tensor-kind", "a tensor whose elements do not mean what they say", hint: "convert it in Python: tensor.clone()")
        }
        guard arguments.count >= 4 else { throw wrongArguments(global) }
        // Other programs than PyTorch write down what PyTorch refers to.
        let storage = heap.sequence(arguments[0]) == nil ? arguments[0] : try referred(by: arguments[0])
        guard let object = heap.object(storage) else { throw wrongArguments(global) }
        if case .refused = object.kind { return storage }
        guard case .storage(let number) = object.kind, case .integer(let start) = arguments[1], let shape = heap.integers(arguments[2]),
            let strides = heap.integers(arguments[3])
        else { throw wrongArguments(global) }
        return try heap.add(storage: number, given, shape: shape, strides: strides, start: start)
    }

    private mutating func refuseType(_ name: String) throws(ModelError) -> PickleValue {
        try heap.refuse(
            "element-type", "a tensor of the type \(name.excerpt), supported are \(StoredType.allCases.map(\.rawValue).joined(separator: ", "))",
            hint: "convert it in Python: tensor.float()")
    }

    func wrongArguments(_ global: PickleGlobal) -> ModelError {
        torchProblem("pickle-call", "\(global.fullName.excerpt) is called with other arguments than PyTorch gives it")
    }

    // MARK: - References out of the pickle

    /// `("storage", type, key, device, count)`, with a view in old files; `("module", class, file, source)`.
    mutating func referred(by reference: PickleValue) throws(ModelError) -> PickleValue {
        if case .objects(let objects) = references, let key = Self.key(reference) {
            guard let object = objects[key] else { throw torchProblem("pickle-reference", "there is no object \(key.excerpt)") }
            return object
        }
        if case .none = references { throw torchProblem("pickle-reference", "a reference to something outside of the pickle") }
        guard let values = heap.sequence(reference), values.count >= 2 else { throw wrongReference }
        // The oldest files refer to classes without the word.
        if case .objects = references, heap.global(values[0]) != nil { return values[0] }
        switch values[0] {
        case .text("module"): return values[1]
        case .text("storage"): return try storage(values)
        default: throw wrongReference
        }
    }

    private mutating func storage(_ values: [PickleValue]) throws(ModelError) -> PickleValue {
        guard values.count == 5 || values.count == 6, let global = heap.global(values[1]), let key = Self.key(values[2]), case .text = values[3],
            case .integer(let count) = values[4]
        else { throw wrongReference }
        guard Self.isStorageName(key) else { throw torchProblem("storage", "\(key.excerpt) is not the name of a storage") }
        let type: StoredType?
        switch global.meaning {
        case .storage(let named): type = named
        case .bytes: type = nil
        default:
            guard global.isStorage else { throw wrongReference }
            // Its bytes are in the file all the same.
            if let width = global.refusedWidth { _ = try heap.add(try TorchStorage(key: key, type: nil, width: width, count: count)) }
            if global.isQuantised {
                return try heap.refuse(
                    "quantised", "a tensor of a quantised network", hint: "convert the network as it was before it was quantised")
            }
            return try refuseType(global.fullName)
        }
        let root = try TorchStorage(key: key, type: type, width: type?.byteCount ?? 1, count: count)
        let value = try heap.add(root)
        guard values.count == 6, let view = heap.sequence(values[5]) else { return value }
        guard view.count == 3, let viewKey = Self.key(view[0]), case .integer(let start) = view[1], case .integer(let viewCount) = view[2] else {
            throw wrongReference
        }
        return try heap.add(try root.view(viewKey, start: start, count: viewCount))
    }

    /// Whether a key can be the last part of the name of an entry.
    private static func isStorageName(_ key: String) -> Bool {
        let unwanted = [UInt8(ascii: "/"), UInt8(ascii: "\\"), 0x7F]
        return !key.isEmpty && key != "." && key != ".." && !key.utf8.contains { $0 <= 0x20 || unwanted.contains($0) }
    }

    private var wrongReference: ModelError { torchProblem("pickle-reference", "a reference to a storage is not as PyTorch writes it") }

    /// Keys are texts, and numbers in the oldest files.
    static func key(_ value: PickleValue) -> String? {
        switch value {
        case .text(let text): text
        case .integer(let integer): String(integer)
        default: nil
        }
    }
}
