/// Which values of a network are the same memory, and when each is read last: what changes a tensor in place changes all of them.
struct TorchMemory {
    /// The value whose memory a value is.
    private var owners: [String: String] = [:]
    /// Values that are the same elements in the same places, by their first.
    private var originals: [String: String] = [:]
    private var members: [String: [String]] = [:]
    private var makers: [String: Int] = [:]
    private var lastReads: [String: Int] = [:]

    init(_ network: TorchNetwork) {
        for name in network.inputs.map(\.name) + network.weights.keys { own(name) }
        for (position, call) in network.calls.enumerated() {
            for name in call.arguments.values.flatMap(\.valueNames) { lastReads[name] = position }
            let function = TorchFunction(call.function)
            let changes = call.function.hasSuffix("_") && TorchFunction(rawValue: call.function) == nil
            for output in call.outputs {
                makers[output] = position
                let memory = changes ? .same : function?.memory ?? .own
                if memory != .own, case .value(let source)? = call.arguments["self"] ?? call.arguments["input"],
                    let owner = owners[source]
                {
                    owners[output] = owner
                    members[owner, default: []].append(output)
                    originals[output] = memory == .same ? originals[source] ?? source : output
                } else {
                    own(output)
                }
            }
        }
        for output in network.outputs { lastReads[output.value] = network.calls.count }
    }

    private mutating func own(_ name: String) {
        owners[name] = name
        members[name] = [name]
        originals[name] = name
    }

    /// Whether an input, a weight or a call makes it.
    func isMade(_ name: String) -> Bool { owners[name] != nil }

    /// The values of the same memory that are there before a call and read after it.
    func sharers(of name: String, around position: Int) -> [String] {
        let all = owners[name].flatMap { members[$0] } ?? []
        return all.filter { makers[$0, default: -1] < position && lastReads[$0, default: -1] > position }
    }

    /// Whether both are the same elements in the same places.
    func areSame(_ left: String, _ right: String) -> Bool { originals[left] == originals[right] }
}
