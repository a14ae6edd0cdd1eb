import ModelCore

/// Tuples, lists, sets and dictionaries.
extension PickleMachine {
    mutating func collect(_ opcode: PickleOpcode) throws(ModelError) {
        switch opcode {
        case .emptyTuple: stack.append(try heap.add(.tuple))
        case .tuple: stack.append(try heap.add(.tuple, try popToMark()))
        case .tuple1: stack.append(try heap.add(.tuple, [try pop()]))
        case .tuple2:
            let last = try pop()
            stack.append(try heap.add(.tuple, [try pop(), last]))
        case .tuple3:
            let last = try pop()
            let middle = try pop()
            stack.append(try heap.add(.tuple, [try pop(), middle, last]))
        case .emptyList: stack.append(try heap.add(.list))
        case .list: stack.append(try heap.add(.list, try popToMark()))
        case .emptySet: stack.append(try heap.add(.set))
        case .frozenSet: stack.append(try heap.add(.set, try popToMark()))
        case .emptyDict: stack.append(try heap.add(.dictionary(isPlain: true)))
        case .dict: stack.append(try heap.add(.dictionary(isPlain: true), try pairs(try popToMark())))
        case .append:
            let value = try pop()
            try extend([value], of: try top(), as: .append)
        case .setItem:
            let value = try pop()
            let key = try pop()
            try extend([key, value], of: try top(), as: .setItem)
        default:
            let values = try popToMark()
            try extend(opcode == .setItems ? try pairs(values) : values, of: try top(), as: opcode)
        }
    }

    private func pairs(_ values: [PickleValue]) throws(ModelError) -> [PickleValue] {
        guard values.count.isMultiple(of: 2) else { throw torchProblem("pickle-stack", "a key without a value") }
        return values
    }

    private mutating func extend(_ values: [PickleValue], of target: PickleValue, as opcode: PickleOpcode) throws(ModelError) {
        guard case .object(let number) = target else { throw Self.wrongTarget(opcode) }
        switch (heap.kind(number), opcode) {
        case (.list, .append), (.list, .appends), (.dictionary, .setItem), (.dictionary, .setItems), (.instance, .setItem), (.instance, .setItems),
            (.set, .addItems):
            try heap.append(values, to: number)
        // The elements of a list that is an object of some class: nothing here asks for them.
        case (.instance, .append), (.instance, .appends), (.instance, .addItems): break
        default: throw Self.wrongTarget(opcode)
        }
    }

    static func wrongTarget(_ opcode: PickleOpcode) -> ModelError {
        torchProblem("pickle-target", "the instruction \(opcode) for a value that cannot be changed so")
    }
}
