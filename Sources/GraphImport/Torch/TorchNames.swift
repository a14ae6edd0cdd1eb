/// Names for the nodes of calls.
struct TorchNames {
    /// Modules all of whose calls are of one function.
    private let plain: Set<String>
    private var counts: [String: Int] = [:]
    private var taken: Set<String> = []

    init(_ calls: [TorchCall]) {
        var functions: [String: Set<String>] = [:]
        for call in calls where TorchFunction(call.function)?.isIdentity != true { functions[call.module, default: []].insert(call.function) }
        plain = Set(functions.filter { $0.value.count == 1 && !$0.key.isEmpty }.keys)
    }

    /// A name that no call before got.
    mutating func name(of call: TorchCall) -> String {
        var function = call.function
        while function.hasSuffix("_") { function.removeLast() }
        let base = plain.contains(call.module) ? call.module : call.module.isEmpty ? function : "\(call.module)/\(function)"
        while true {
            let count = counts[base, default: 0]
            counts[base] = count + 1
            let name = count == 0 ? base : "\(base):\(count)"
            if taken.insert(name).inserted { return name }
        }
    }
}
