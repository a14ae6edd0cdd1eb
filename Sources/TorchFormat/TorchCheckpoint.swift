import ByteIO
package import ModelCore

/// What PyTorch saved with `torch.save` or `torch.jit.save`, as far as it is tensors.
///
/// A checkpoint may hold anything beside the weights: an optimizer, numbers, arguments of a program. That is luggage: it is neither
/// understood nor run, and no reason to refuse the file.
package struct TorchCheckpoint: Sendable {
    /// How the file is put together.
    package enum Container: String, Sendable {
        case zip = "ZIP"
        case legacy = "before 1.6"
        case tar = "before 0.1.10"
        case script = "TorchScript"
    }

    package let container: Container
    /// In the order of the file; names are unique.
    package let tensors: [TorchTensor]
    /// What else was found where tensors might have been.
    package let objects: [TorchObject]
    /// Tensors of kinds that are not read.
    package let refused: [TorchRefusal]
    /// What the file says its network is called, the surest first.
    package let stated: [StatedArchitecture]

    /// - Throws: what a file without any tensor has instead, unless it is a script: the reasons for those that were refused, `torch.object` with the names of objects that
    ///   are none, or `torch.no-tensors`.
    init(container: Container, tensors: [TorchTensor], objects: [TorchObject], refused: [TorchRefusal], stated: [StatedArchitecture] = [])
        throws(ModelError)
    {
        if tensors.isEmpty, container != .script {
            if let error = Self.error(refused) { throw error }
            guard let first = objects.first else { throw torchProblem("no-tensors", "the file holds no tensor") }
            var seen = Set<String>()
            let types = objects.map(\.type).filter { seen.insert($0).inserted }.prefix(10).map(\.excerpt).joined(separator: ", ")
            throw torchProblem("object", "the file holds no tensor, and objects of \(types), which only Python understands", at: first.name)
        }
        self.container = container
        self.tensors = tensors
        self.objects = objects
        self.refused = refused
        self.stated = stated
    }

    /// The tensors that a network is made of.
    package struct StateDict: Sendable {
        /// With the names that the network has for them.
        package let tensors: [(name: String, tensor: TorchTensor)]
        /// The keys that lead to them, joined by dots; empty where the file is a state dict itself.
        package let entry: String
        /// Other entries beside it that may be of a network.
        package let others: [String]
    }

    /// The tensors that a network is made of.
    ///
    /// - Parameter entry: where they are, the keys or the beginning of the names joined by dots; found by what training programs use where it is `nil`.
    /// - Throws: `torch.state-dict` where several dictionaries may be meant; `torch.entry` where nothing is below `entry`; the reasons for tensors of it
    ///   that are not read.
    package func stateDict(entry: String? = nil) throws(ModelError) -> StateDict {
        if let entry { return try stateDict(below: entry) }
        let found: StateDictKeys.Entry
        do throws(StateDictKeys.Ambiguity) {
            found = try StateDictKeys.entry(of: tensors.map(\.path) + refused.map(\.path))
        } catch {
            throw torchProblem(
                "state-dict", "the file has several dictionaries of tensors: \(error.keys.map(\.excerpt).joined(separator: ", "))",
                hint: "name the entry that is wanted, or save the state dict of one network alone: torch.save(model.state_dict(), \"model.pth\")")
        }
        if let error = Self.error(refused.filter { $0.path.starts(with: found.prefix) }) { throw error }
        let chosen = tensors.filter { $0.path.starts(with: found.prefix) }
        let names = StateDictKeys.withoutWrappers(chosen.map { $0.path.dropFirst(found.prefix.count).joined(separator: ".") })
        return StateDict(tensors: zip(names, chosen).map { ($0, $1) }, entry: found.prefix.joined(separator: "."), others: found.others)
    }

    /// Why tensors are not read: all reasons, and one for all those of a quantised network.
    private static func error(_ refused: [TorchRefusal]) -> ModelError? {
        let quantised = refused.filter { $0.problem.code == "torch.quantised" }
        guard let first = quantised.first else { return ModelError(refused.map(\.problem)) }
        let more = quantised.count == 1 ? " is of integers with a scale" : " and \(quantised.count - 1) more are of integers with a scale"
        return torchProblem(
            "quantised", "the network is quantised: the tensor \(first.path.joined(separator: ".").excerpt)\(more)",
            at: first.problem.location.path, hint: first.problem.hint)
    }

    private func stateDict(below entry: String) throws(ModelError) -> StateDict {
        let start = entry + "."
        if let error = Self.error(refused.filter { $0.path.joined(separator: ".").hasPrefix(start) }) { throw error }
        let chosen = tensors.filter { $0.name.hasPrefix(start) }
        guard !chosen.isEmpty else { throw StateDictKeys.noEntry(entry, names: tensors.map(\.name)) }
        let names = StateDictKeys.withoutWrappers(chosen.map { String($0.name.dropFirst(start.count)) })
        return StateDict(tensors: zip(names, chosen).map { ($0, $1) }, entry: entry, others: [])
    }
}

extension TorchCheckpoint: CustomStringConvertible {
    /// `PyTorch (ZIP)`.
    package var description: String { "PyTorch (\(container.rawValue))" }
}
