import ModelCore

/// The tensors of a state dict by the names that the network itself has for them.
struct TorchStateDict: Sendable {
    /// Every tensor in the order of the file.
    let tensors: [(name: String, source: WeightSource)]
    /// The names of those that are no mere counts.
    let names: [String]
    let sources: [String: WeightSource]
    /// What stands before every name in the file: `backbone`.
    let prefix: String
    /// Modules beside the network that only training uses, by the names in the file: `criterion`.
    let trainingModules: [String]
    /// Other beginnings of names below which the network's tensors are as well: `model_ema`.
    let others: [String]

    init(_ tensors: [(name: String, source: WeightSource)]) {
        let plain = tensors.map { TorchDenseNet.current(Self.withoutWrappers($0.name)) }
        let isUnique = Set(plain).count == plain.count
        self.init(isUnique ? zip(plain, tensors).map { ($0, $1.source) } : tensors, prefix: "", trainingModules: [], others: [])
    }

    private init(_ tensors: [(name: String, source: WeightSource)], prefix: String, trainingModules: [String], others: [String]) {
        self.tensors = tensors
        let weights = tensors.filter { !Self.isCount($0.name, $0.source) }
        names = weights.map(\.name)
        sources = Dictionary(weights, uniquingKeysWith: { first, _ in first })
        self.prefix = prefix
        self.trainingModules = trainingModules
        self.others = others
    }

    /// What is below one beginning of names, and what is beside it and of no known use, under its whole name.
    private func part(below prefix: String, others: [String]) -> TorchStateDict {
        let start = prefix.isEmpty ? "" : prefix + "."
        var training: [String] = []
        var members: [(name: String, source: WeightSource)] = []
        for (name, source) in tensors {
            let top = String(name.prefix { $0 != "." })
            if name.hasPrefix(start), name.utf8.count > start.utf8.count, !prefix.isEmpty || !Self.isForTraining(top) {
                members.append((String(name.dropFirst(start.count)), source))
            } else if Self.isForTraining(top) {
                if !training.contains(top) { training.append(top) }
            } else if !others.contains(where: { name.hasPrefix("\($0).") }), !Self.isCount(name, source) {
                members.append((name, source))
            }
        }
        return TorchStateDict(members, prefix: prefix, trainingModules: training, others: others)
    }

    /// The part of the file that has most of these tensors: all of it, or what is below one beginning of names, which is left out. Of several that have
    /// as many, averages of weights come last.
    func part(of wanted: [String]) -> TorchStateDict {
        var prefixes = [""]
        var seen: Set<String> = [""]
        for tensor in [wanted.first, wanted.last].compactMap(\.self) {
            for name in names where name.hasSuffix(".\(tensor)") {
                let prefix = String(name.dropLast(tensor.count + 1))
                if seen.insert(prefix).inserted { prefixes.append(prefix) }
            }
        }
        let found = prefixes.map { prefix in wanted.count { sources[prefix.isEmpty ? $0 : "\(prefix).\($0)"] != nil } }
        let most = found.max() ?? 0
        // A block that has a few names of the network in it is not the network.
        let best = zip(prefixes, found).filter { $0.1 == most && most * 2 >= wanted.count }.map(\.0)
        let chosen = best.first { !Self.isForTraining($0) } ?? best.first ?? ""
        return part(below: chosen, others: best.filter { $0 != chosen })
    }

    // MARK: Names

    /// Numbers that PyTorch and tools for counting operations put beside weights: of batches, of averaged models, of operations and parameters.
    private static func isCount(_ name: String, _ source: WeightSource) -> Bool {
        switch name.split(separator: ".").last {
        case "num_batches_tracked": true
        case "n_averaged", "total_ops", "total_params": source.count == 1
        default: false
        }
    }

    private static let trainingWords: Set<String> = [
        "criterion", "criteria", "loss", "losses", "ema", "teacher", "metric", "metrics", "optimizer", "optimizers", "scheduler",
    ]

    /// Whether a module's name says that it is for training: `criterion`, `train_metrics`, `model_ema`, `loss2`.
    private static func isForTraining(_ name: String) -> Bool {
        name.lowercased().split { "._".contains($0) }.contains { word in
            trainingWords.contains(String(word.reversed().drop(while: \.isNumber).reversed()))
        }
    }

    /// The parts of a name without those of `DataParallel`, which can be around a part of a network, and of `torch.compile`.
    private static func withoutWrappers(_ name: String) -> String {
        let parts = name.split(separator: ".", omittingEmptySubsequences: false)
        return parts.filter { $0 != "module" && $0 != "_orig_mod" }.joined(separator: ".")
    }
}
