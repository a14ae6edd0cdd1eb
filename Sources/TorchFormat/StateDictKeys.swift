import ByteIO
package import ModelCore

/// Which of the tensors in a checkpoint are those of the network, from the keys alone.
package enum StateDictKeys {
    /// Keys under which training programs put the weights, the first that is there counts. Averages of weights come last: they are copies of what
    /// the others hold.
    static let known = [
        "state_dict", "model_state_dict", "model_state", "model", "net", "network", "module", "params", "weights", "generator", "backbone",
        "state_dict_ema", "model_ema", "ema_state_dict", "params_ema", "ema",
    ]
    /// Beginnings of keys of what is no network.
    private static let luggage = ["optim", "sched", "lr_", "scaler", "amp", "loss", "criterion", "rng", "epoch", "iter", "step", "best", "args"]

    package struct Ambiguity: Error, Sendable, Hashable {
        package let keys: [String]
    }

    /// Where the network's tensors are.
    package struct Entry: Sendable, Hashable {
        /// The keys that lead to them; none where the file is a state dict itself.
        package var prefix: [String] = []
        /// Entries beside it that may be of a network, with all keys, joined by dots.
        package var others: [String] = []
    }

    /// Finds the network's tensors by the keys of all.
    package static func entry(of paths: [[String]]) throws(Ambiguity) -> Entry {
        var entry = Entry()
        while true {
            let prefix = entry.prefix
            let below = paths.filter { $0.count > prefix.count && $0.starts(with: prefix) }
            var seen = Set<String>()
            let containers = below.filter { $0.count > prefix.count + 1 }.map { $0[prefix.count] }.filter { seen.insert($0).inserted }
            let likely = containers.filter { key in !luggage.contains { key.lowercased().hasPrefix($0) } }
            if let key = known.first(where: seen.contains) {
                entry.others += likely.filter { $0 != key }.map { (prefix + [$0]).joined(separator: ".") }
                entry.prefix.append(key)
            } else if containers.isEmpty || below.contains(where: { $0.count == prefix.count + 1 }) {
                return entry
            } else {
                guard likely.count == 1 else { throw Ambiguity(keys: likely.isEmpty ? containers : likely) }
                entry.prefix.append(likely[0])
            }
        }
    }

    /// - Parameter names: those of all tensors of the file.
    package static func noEntry(_ entry: String, names: [String]) -> ModelError {
        var seen = Set<String>()
        let first = names.compactMap { $0.split(separator: ".").first.map(String.init) }.filter { seen.insert($0).inserted }
        let list = first.prefix(10).map(\.excerpt).joined(separator: ", ") + (first.count > 10 ? " and \(first.count - 10) more" : "")
        return torchProblem("entry", "no tensor of the file is below \(entry.excerpt); the names begin with \(list)")
    }

    /// Names without what `DataParallel` and `torch.compile` put before all of them.
    package static func withoutWrappers(_ names: [String]) -> [String] {
        var names = names
        while let wrapper = ["module.", "_orig_mod."].first(where: { wrapper in
            !names.isEmpty && names.allSatisfy { $0.hasPrefix(wrapper) && $0.utf8.count > wrapper.utf8.count }
        }) {
            names = names.map { String($0.dropFirst(wrapper.count)) }
        }
        return names
    }
}
