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
    /// Tensors of kinds that are not read, with the reason for each.
    package let refused: [(path: [String], problem: Problem)]

    /// - Throws: what a file without any tensor has instead: the reasons for those that were refused, `torch.object` with the name of an
    ///   object that is none, or `torch.no-tensors`.
    init(container: Container, tensors: [TorchTensor], objects: [TorchObject], refused: [(path: [String], problem: Problem)]) throws(ModelError) {
        if tensors.isEmpty {
            if let error = ModelError(refused.map { Self.located($0.problem, $0.path) }) { throw error }
            if let object = objects.first { throw torchProblem("object", Self.description(object), at: object.path.joined(separator: ".")) }
            throw torchProblem("no-tensors", "the file holds no tensor")
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
        let missing = refused.filter { $0.path.starts(with: prefix) }
        if let error = ModelError(missing.map { Self.located($0.problem, $0.path) }) { throw error }
        let chosen = tensors.filter { $0.path.starts(with: prefix) }
        let names = StateDictKeys.withoutWrappers(chosen.map { $0.path.dropFirst(prefix.count).joined(separator: ".") })
        return zip(names, chosen).map { ($0, $1) }
    }

    private static func located(_ problem: Problem, _ path: [String]) -> Problem {
        var problem = problem
        problem.location.path = path.joined(separator: ".")
        return problem
    }

    private static func description(_ object: TorchObject) -> String {
        "\(object.path.isEmpty ? "the file" : object.path.joined(separator: ".").excerpt) holds an object of \(object.type.excerpt) and no tensor"
    }
}

extension TorchCheckpoint: CustomStringConvertible {
    /// `PyTorch (ZIP)`.
    package var description: String { "PyTorch (\(container.rawValue))" }
}
