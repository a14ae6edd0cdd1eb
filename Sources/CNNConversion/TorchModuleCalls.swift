import ModelGraph

/// Which value of a graph is what a call of a module of PyTorch returned.
///
/// A node is called as its module if all that the module does is to call one function; `PATH:1` is the second of the name. If each of the module's n calls
/// made m nodes, the last of each m is what the call returned. What a module with modules in it returns is not told by names.
struct TorchModuleCalls {
    private let names: Set<String>

    init(_ graph: Graph) { names = Set(graph.nodes.map(\.output)) }

    /// The values of recorded calls, by their names: `PATH`, `PATH:1` and so on. A module whose calls and nodes do not fit together has none.
    func values(_ recorded: [String]) -> [String: String] {
        let recorded = Set(recorded)
        let containers = Set(recorded.union(names).flatMap(Self.containers))
        var values: [String: String] = [:]
        for path in recorded where !containers.contains(path) && !isLater(path, in: recorded) {
            let (calls, nodes) = (count(path, in: recorded), count(path, in: names))
            guard nodes > 0, nodes % calls == 0 else { continue }
            let most = nodes / calls
            for call in 0..<calls { values[Self.name(path, call)] = Self.name(path, (call + 1) * most - 1) }
        }
        return values
    }

    /// The modules that a name is inside of: `a` and `a.b` of `a.b.c`.
    private static func containers(of name: String) -> [String] {
        name.indices.filter { name[$0] == "." }.map { String(name[..<$0]) }
    }

    /// Whether this is a later call of another module.
    private func isLater(_ name: String, in recorded: Set<String>) -> Bool {
        guard let colon = name.lastIndex(of: ":"), Int(name[name.index(after: colon)...]) != nil else { return false }
        return recorded.contains(String(name[..<colon]))
    }

    private func count(_ path: String, in names: Set<String>) -> Int {
        var count = 0
        while names.contains(Self.name(path, count)) { count += 1 }
        return count
    }

    private static func name(_ path: String, _ number: Int) -> String { number == 0 ? path : "\(path):\(number)" }
}
