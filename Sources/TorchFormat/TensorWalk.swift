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

    private let heap: PickleHeap
    private var frames: [Frame] = []
    private var isOpen: [Bool]
    private var stepCount = 0

    /// A collection whose members are being visited.
    private struct Frame {
        let object: Int
        let path: [String]
        let members: [(path: [String], value: PickleValue)]
        let isModule: Bool
        var next = 0
    }

    private static let depthLimit = 100
    /// Collections may be reached in many ways, which makes them as many.
    private static let stepLimit = 10_000_000

    /// - Throws: `torch.cycle`, `torch.depth`, `torch.pickle-size`, `torch.duplicate-name`.
    init(_ root: PickleValue, in heap: PickleHeap, below path: [String]) throws(ModelError) {
        self.heap = heap
        isOpen = Array(repeating: false, count: heap.objects.count)
        try visit(root, at: path)
        while let frame = frames.last {
            if frame.next == frame.members.count {
                isOpen[frame.object] = false
                frames.removeLast()
            } else {
                frames[frames.count - 1].next += 1
                let member = frame.members[frame.next]
                try visit(member.value, at: member.path)
            }
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
        case .tuple, .list:
            try charge(object.values)
            let members = object.values.enumerated().filter { if case .object = $0.element { true } else { false } }
            try open(number, path, members.map { (path + [String($0.offset)], $0.element) })
        case .dictionary:
            try charge(object.values)
            try open(number, path, members(object.values, below: path))
        case .instance(let name):
            try charge(object.values)
            if let members = try moduleMembers(object, heap.names[name], path) {
                try open(number, path, members, isModule: true)
            } else if !object.values.isEmpty {
                try open(number, path, members(object.values, below: path))
            } else {
                objects.append(TorchObject(path: path, type: heap.names[name].fullName))
            }
        }
    }

    private mutating func open(
        _ number: Int, _ path: [String], _ members: [(path: [String], value: PickleValue)], isModule: Bool = false
    ) throws(ModelError) {
        guard !isOpen[number] else { throw torchProblem("cycle", "\(Self.text(path)) contains itself") }
        guard frames.count < Self.depthLimit else { throw torchProblem("depth", "more than \(Self.depthLimit) collections inside each other") }
        isOpen[number] = true
        frames.append(Frame(object: number, path: path, members: members, isModule: isModule))
    }

    /// Counts values that are looked at: an object, which may be visited, costs more than a number that is passed over.
    private mutating func charge(_ values: [PickleValue]) throws(ModelError) {
        stepCount += 10
        for value in values { if case .object = value { stepCount += 10 } else { stepCount += 1 } }
        guard stepCount <= Self.stepLimit else {
            throw torchProblem("pickle-size", "the collections have too many members, each counted wherever it is found")
        }
    }

    private static func text(_ path: [String]) -> String {
        path.isEmpty ? "what the file holds" : path.joined(separator: ".").excerpt
    }

    /// The members of a dictionary, without those that cannot lead to a tensor.
    private func members(_ values: [PickleValue], below path: [String]) -> [(path: [String], value: PickleValue)] {
        var members: [(path: [String], value: PickleValue)] = []
        for position in stride(from: 0, to: values.count - 1, by: 2) {
            guard case .object = values[position + 1] else { continue }
            members.append((path + [key(values[position], position / 2)], values[position + 1]))
        }
        return members
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

    /// What the state dict of a module has: its parameters, its buffers that are kept, and those of the modules in it, joined by dots.
    private mutating func moduleMembers(
        _ object: PickleObject, _ type: PickleGlobal, _ path: [String]
    ) throws(ModelError) -> [(path: [String], value: PickleValue)]? {
        try charge(heap.object(object.state)?.values ?? [])
        guard let state = heap.items(object.state) else { return nil }
        let isInModule = frames.last?.isModule ?? false
        func joined(_ key: PickleValue, _ position: Int) -> [String] {
            let name = self.key(key, position)
            guard isInModule, let last = path.last else { return path + [name] }
            return path.dropLast() + ["\(last).\(name)"]
        }
        if type.module == "__torch__" || type.module.hasPrefix("__torch__.") {
            return state.enumerated().map { (joined($0.element.key, $0.offset), $0.element.value) }
        }
        guard attribute("_parameters", of: state) != nil, attribute("_modules", of: state) != nil else { return nil }
        var members: [(path: [String], value: PickleValue)] = []
        for part in Self.parts {
            guard let dictionary = attribute(part, of: state) else { continue }
            try charge(heap.object(dictionary)?.values ?? [])
            let unkept = part == "_buffers" ? unkeptBuffers(state) : []
            for (position, item) in (heap.items(dictionary) ?? []).enumerated() where !unkept.contains(key(item.key, position)) {
                members.append((joined(item.key, position), item.value))
            }
        }
        return members
    }

    private static let parts = ["_parameters", "_buffers", "_modules"]

    private func attribute(_ name: String, of state: [(key: PickleValue, value: PickleValue)]) -> PickleValue? {
        state.first { if case .text(name) = $0.key { true } else { false } }?.value
    }

    /// Names of buffers that a state dict leaves out. They are in a set, of which PyTorch keeps the elements as a list.
    private func unkeptBuffers(_ state: [(key: PickleValue, value: PickleValue)]) -> Set<String> {
        guard let set = attribute("_non_persistent_buffers_set", of: state), let object = heap.object(set), case .set = object.kind else { return [] }
        return Set(object.values.compactMap { if case .text(let name) = $0 { name } else { nil } })
    }
}
