import ByteIO
import ModelCore

/// Finds the tensors in what a pickle made, in its order, with the keys that lead to each.
///
/// Dictionaries, lists, tuples and modules are walked through; of other objects only that they are there is noted. Nothing is followed by
/// recursion, and what contains itself is refused.
struct TensorWalk {
    private(set) var tensors: [(path: [String], value: TorchTensorValue)] = []
    private(set) var objects: [TorchObject] = []
    private(set) var refused: [(path: [String], refusal: PickleRefusal)] = []
    /// What the file says its network is called: at its outermost level, then among the arguments of a program.
    private(set) var stated: (outermost: [StatedArchitecture], arguments: [StatedArchitecture]) = ([], [])

    private let heap: PickleHeap
    private var frames: [Frame] = []
    private var isOpen: [Bool]
    /// Collections may be reached in many ways, which makes them as many: there is a budget, by what is in the file.
    private var stepsLeft: Int

    /// A collection whose members are being visited.
    private struct Frame {
        let object: Int
        let path: [String]
        /// Values, or keys and values in turn.
        let values: [PickleValue]
        let hasKeys: Bool
        let isModule: Bool
        /// Whether keys become a part of the name that the path ends with.
        let extendsName: Bool
        var next = 0
    }

    private static let depthLimit = 100
    private static let visitCost = 10

    /// - Throws: `torch.cycle`, `torch.depth`, `torch.pickle-size`, `torch.duplicate-name`.
    init(_ root: PickleValue, in heap: PickleHeap, below path: [String]) throws(ModelError) {
        self.heap = heap
        stepsLeft = 100_000 + 10 * Self.visitCost * (heap.objects.count + heap.valueCount)
        isOpen = Array(repeating: false, count: heap.objects.count)
        try visit(root, at: path)
        while let frame = frames.last {
            let position = frame.hasKeys ? frame.next * 2 + 1 : frame.next
            guard position < frame.values.count else {
                isOpen[frame.object] = false
                frames.removeLast()
                continue
            }
            frames[frames.count - 1].next += 1
            if frame.hasKeys { note(frame.values[position], at: frame.path, frame.values[position - 1]) }
            guard case .object = frame.values[position] else { continue }
            let key = frame.hasKeys ? key(frame.values[position - 1], frame.next) : String(frame.next)
            try visit(frame.values[position], at: frame.extendsName ? extending(frame.path, by: key) : frame.path + [key])
        }
        var names = Set<String>()
        for tensor in tensors where !names.insert(tensor.path.joined(separator: ".")).inserted {
            throw torchProblem("duplicate-name", "two tensors have the name \(tensor.path.joined(separator: ".").excerpt)")
        }
    }

    private mutating func visit(_ value: PickleValue, at path: [String]) throws(ModelError) {
        guard case .object(let number) = value else { return }
        let object = heap.objects[number]
        switch object.kind {
        case .tensor(let tensor): tensors.append((path, heap.tensors[tensor]))
        case .refused(let refusal): refused.append((path, heap.refusals[refusal]))
        case .set, .global, .storage: break
        case .tuple, .list: try open(number, path, object.values, hasKeys: false)
        case .dictionary: try open(number, path, object.values)
        case .instance(let name):
            if let members = try moduleMembers(object, heap.names[name]) {
                try open(number, path, members, isModule: true)
            } else if !object.values.isEmpty {
                try open(number, path, object.values)
            } else {
                objects.append(TorchObject(path: path, type: heap.names[name].fullName))
                try noteArguments(object, at: path)
            }
        }
    }

    /// Remembers a text under a key that has the name of an architecture.
    private mutating func note(_ value: PickleValue, at path: [String], _ key: PickleValue) {
        guard path.count <= 1, case .text(let name) = value, case .text(let key) = key, !name.isEmpty else { return }
        let isOutermost = path.isEmpty
        guard (isOutermost ? StatedArchitecture.keys : StatedArchitecture.argumentKeys).contains(key) else { return }
        let found = StatedArchitecture(key: (path + [key]).joined(separator: "."), name: name)
        if isOutermost { stated.outermost.append(found) } else { stated.arguments.append(found) }
    }

    /// The attributes of an object such as `argparse.Namespace`.
    private mutating func noteArguments(_ object: PickleObject, at path: [String]) throws(ModelError) {
        guard path.count == 1, let state = heap.dictionary(object.state) else { return }
        try charge(state)
        for position in stride(from: 0, to: state.count - 1, by: 2) { note(state[position + 1], at: path, state[position]) }
    }

    private mutating func open(
        _ number: Int, _ path: [String], _ values: [PickleValue], hasKeys: Bool = true, isModule: Bool = false
    ) throws(ModelError) {
        guard !isOpen[number] else { throw torchProblem("cycle", "\(Self.text(path)) contains itself") }
        guard frames.count < Self.depthLimit else { throw torchProblem("depth", "more than \(Self.depthLimit) collections inside each other") }
        try charge(values)
        isOpen[number] = true
        frames.append(
            Frame(
                object: number, path: path, values: values, hasKeys: hasKeys, isModule: isModule,
                extendsName: isModule && frames.last?.isModule ?? false))
    }

    /// Counts values that are looked at: an object, which may be visited, costs more than a number that is passed over.
    private mutating func charge(_ values: [PickleValue]) throws(ModelError) {
        stepsLeft -= Self.visitCost
        for value in values { if case .object = value { stepsLeft -= Self.visitCost } else { stepsLeft -= 1 } }
        guard stepsLeft >= 0 else {
            throw torchProblem("pickle-size", "the collections have too many members, each counted wherever it is found")
        }
    }

    private static func text(_ path: [String]) -> String {
        path.isEmpty ? "what the file holds" : path.joined(separator: ".").excerpt
    }

    private func extending(_ path: [String], by key: String) -> [String] {
        guard let last = path.last else { return [key] }
        return path.dropLast() + ["\(last).\(key)"]
    }

    /// A key as Python's `str` gives it, where it is a text or a number.
    private func key(_ value: PickleValue, _ position: Int) -> String {
        switch value {
        case .text(let text): text
        case .integer(let integer): String(integer)
        case .bool(let bool): bool ? "True" : "False"
        case .double(let double): double.description
        case .none: "None"
        case .other, .object: "#\(position)"
        }
    }

    // MARK: - Modules

    /// What the state dict of a module has: its parameters, its buffers that are kept, and the modules in it. Keys and values in turn.
    private mutating func moduleMembers(_ object: PickleObject, _ type: PickleGlobal) throws(ModelError) -> [PickleValue]? {
        guard let state = heap.dictionary(object.state) else { return nil }
        try charge(state)
        if type.module == "__torch__" || type.module.hasPrefix("__torch__.") { return state }
        guard attribute("_parameters", of: state) != nil, attribute("_modules", of: state) != nil else { return nil }
        var members: [PickleValue] = []
        for part in Self.parts {
            guard let values = attribute(part, of: state).flatMap(heap.dictionary) else { continue }
            try charge(values)
            let unkept = part == "_buffers" ? try unkeptBuffers(state) : []
            for position in stride(from: 0, to: values.count - 1, by: 2) {
                if case .text(let name) = values[position], unkept.contains(name) { continue }
                members += values[position...position + 1]
            }
        }
        return members
    }

    private static let parts = ["_parameters", "_buffers", "_modules"]

    private func attribute(_ name: String, of state: [PickleValue]) -> PickleValue? {
        for position in stride(from: 0, to: state.count - 1, by: 2) {
            if case .text(name) = state[position] { return state[position + 1] }
        }
        return nil
    }

    /// Names of buffers that a state dict leaves out.
    private mutating func unkeptBuffers(_ state: [PickleValue]) throws(ModelError) -> Set<String> {
        guard let set = attribute("_non_persistent_buffers_set", of: state), let object = heap.object(set), case .set = object.kind else { return [] }
        try charge(object.values)
        return Set(object.values.compactMap { if case .text(let name) = $0 { name } else { nil } })
    }
}
