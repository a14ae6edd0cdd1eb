import ModelCore

/// What is known of values while the code is followed: the calls so far are lowered, and say how many axes a value has and which number a size is.
struct ScriptFacts {
    private let inputs: [TorchInput]
    private var ranks: [String: Int?] = [:]
    private var numbers: [String: Int?] = [:]
    /// How many calls may be lowered in all.
    private var budget = 2_000_000

    init(inputs: [TorchInput]) {
        self.inputs = inputs
    }

    mutating func rank(_ value: String, calls: [TorchCall], weights: [String: TorchWeight]) -> Int? {
        if let weight = weights[value] { return weight.source.shape.count }
        if let known = ranks[value] { return known }
        let flow = flow(calls, weights)
        let found = flow?.values[value]
        let rank =
            if case .weight(let key)? = found { flow?.weights[key]?.source.shape.count } else { found.flatMap { flow?.seen($0)?.rank } }
        // More calls may say what an input is.
        if rank != nil { ranks[value] = rank }
        return rank
    }

    mutating func number(_ value: String, calls: [TorchCall], weights: [String: TorchWeight]) -> Int? {
        if let known = numbers[value] { return known }
        var number: Int?
        if case .integer(let known)? = flow(calls, weights)?.values[value] { number = known }
        if number != nil { numbers[value] = number }
        return number
    }

    /// The calls so far as a network; what cannot be lowered has no values.
    private mutating func flow(_ calls: [TorchCall], _ weights: [String: TorchWeight]) -> TorchFlow? {
        guard calls.count <= budget else { return nil }
        budget -= calls.count
        var network = TorchNetwork(name: "network")
        network.calls = calls
        network.weights = weights
        for input in inputs {
            // Without sizes of its own, an input has those that the first layer with a kernel asks for.
            if !input.sizes.isEmpty {
                network.inputs.append(input)
            } else if let sizes = ScriptInputSizes(network).sizes(of: input.name) {
                network.inputs.append(TorchInput(name: input.name, sizes: sizes))
            }
        }
        var flow = TorchFlow(network)
        try? flow.build()
        return flow
    }
}
