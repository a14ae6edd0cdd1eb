import ModelCore

/// The tensors of a state dict by the names that the network itself has for them.
struct TorchStateDict: Sendable {
    /// In the order of the file.
    let names: [String]
    let sources: [String: WeightSource]
    /// What stands before every name in the file: `backbone`.
    let prefix: String

    init(_ tensors: [(name: String, source: WeightSource)]) {
        // How many batches were averaged matters to training alone.
        let tensors = tensors.filter { $0.name.split(separator: ".").last != "num_batches_tracked" }
        var paths = tensors.map { Self.withoutWrappers($0.name) }
        var removed: [String] = []
        while let first = paths.first?.first, paths.allSatisfy({ $0.count > 1 && $0.first == first }) {
            removed.append(first)
            paths = paths.map { Array($0.dropFirst()) }
        }
        let plain = paths.map { TorchDenseNet.current($0.joined(separator: ".")) }
        let isUnique = Set(plain).count == plain.count
        names = isUnique ? plain : tensors.map(\.name)
        prefix = isUnique ? removed.joined(separator: ".") : ""
        sources = Dictionary(zip(names, tensors.map(\.source)), uniquingKeysWith: { first, _ in first })
    }

    /// The parts of a name without those of `DataParallel`, which can be around a part of a network, and of `torch.compile`.
    private static func withoutWrappers(_ name: String) -> [String] {
        let parts = name.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
        return parts.filter { $0 != "module" && $0 != "_orig_mod" }
    }
}
