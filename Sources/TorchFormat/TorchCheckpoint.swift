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

    /// - Throws: what a file without any tensor has instead, unless it is a script: the reasons for those that were refused, `torch.object` with the names of objects that
    ///   are none, or `torch.no-tensors`.
    init(container: Container, tensors: [TorchTensor], objects: [TorchObject], refused: [TorchRefusal]) throws(ModelError) {
        if tensors.isEmpty, container != .script {
            if let error = ModelError(refused.map(\.problem)) { throw error }
            guard let first = objects.first else { throw torchProblem("no-tensors", "the file holds no tensor") }
            var seen = Set<String>()
            let types = objects.map(\.type).filter { seen.insert($0).inserted }.prefix(10).map(\.excerpt).joined(separator: ", ")
            throw torchProblem("object", "the file holds no tensor, and objects of \(types), which only Python understands", at: first.name)
        }
        self.container = container
        self.tensors = tensors
        self.objects = objects
        self.refused = refused
    }

    /// The tensors that a network is made of, with the names that the network has for them.
    ///
    /// - Throws: `torch.state-dict` where several dictionaries may be meant; the reasons for tensors of it that are not read.
    package func stateDict() throws(ModelError) -> [(name: String, tensor: TorchTensor)] {
        let prefix: [String]
        do throws(StateDictKeys.Ambiguity) {
            prefix = try StateDictKeys.prefix(of: tensors.map(\.path) + refused.map(\.path))
        } catch {
            throw torchProblem(
                "state-dict", "the file has several dictionaries of tensors: \(error.keys.map(\.excerpt).joined(separator: ", "))",
                hint: "save the state dict of one network alone: torch.save(model.state_dict(), \"model.pth\")")
        }
        if let error = ModelError(refused.filter { $0.path.starts(with: prefix) }.map(\.problem)) { throw error }
        let chosen = tensors.filter { $0.path.starts(with: prefix) }
        let names = StateDictKeys.withoutWrappers(chosen.map { $0.path.dropFirst(prefix.count).joined(separator: ".") })
        return zip(names, chosen).map { ($0, $1) }
    }
}

extension TorchCheckpoint: CustomStringConvertible {
    /// `PyTorch (ZIP)`.
    package var description: String { "PyTorch (\(container.rawValue))" }
}
