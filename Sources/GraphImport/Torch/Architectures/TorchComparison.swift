import ModelCore

/// The tensors of a state dict held against those of a network.
struct TorchComparison {
    /// Every difference; none where the file fits.
    private(set) var problems: [Problem] = []
    /// The number of classes that the classifier's tensors in the file have.
    let classes: Int?
    /// The modules for training alone that the file has.
    private(set) var leftOut: [String] = []
    /// How many of the network's tensors the file has, of the same shapes.
    private(set) var agreements = 0

    init(_ sketch: TorchSketch, _ file: TorchStateDict) {
        classes = file.sources["\(sketch.classifier).weight"]?.shape.first.flatMap { $0 > 0 ? $0 : nil }
        compare(sketch, file)
        findExtras(sketch, file)
    }

    private mutating func compare(_ sketch: TorchSketch, _ file: TorchStateDict) {
        var missing = Grouping()
        var shapes: [Problem] = []
        for tensor in sketch.tensors {
            guard let source = file.sources[tensor.name] else {
                missing.append(tensor.name)
                continue
            }
            var wanted = tensor.shape
            if let classes, tensor.name.hasPrefix("\(sketch.classifier).") { wanted[0] = classes }
            if source.shape == wanted {
                agreements += 1
            } else {
                shapes.append(
                    Problem(
                        "torch.weight-shape",
                        "'\(tensor.name)' of \(sketch.network.name) has shape \(Shape(wanted)), in the file \(Shape(source.shape))",
                        at: Location(path: source.origin)))
            }
        }
        problems += missing.modules.map { module, names in
            Problem("torch.missing-weight", "the file lacks \(Self.text(module, names)), which \(sketch.network.name) has")
        }
        problems += shapes
    }

    private mutating func findExtras(_ sketch: TorchSketch, _ file: TorchStateDict) {
        let known = Set(sketch.tensors.map(\.name))
        var extras = Grouping()
        for name in file.names where !known.contains(name) {
            if let module = sketch.trainingModules.first(where: { name.hasPrefix("\($0).") }) {
                if leftOut.last != module { leftOut.append(module) }
            } else {
                extras.append(name)
            }
        }
        problems += extras.modules.map { module, names in
            let first = names.first.flatMap { file.sources[module.isEmpty ? $0 : "\(module).\($0)"] }
            return Problem(
                "torch.extra-weight", "the file holds \(Self.text(module, names)), which \(sketch.network.name) does not have",
                at: Location(path: first?.origin))
        }
    }

    private static func text(_ module: String, _ names: [String]) -> String {
        let list = names.map { "'\($0)'" }.joined(separator: ", ")
        return module.isEmpty ? list : "\(list) of '\(module)'"
    }

    /// Names of tensors by their modules, in order.
    private struct Grouping {
        private(set) var modules: [(module: String, names: [String])] = []
        private var places: [String: Int] = [:]

        mutating func append(_ name: String) {
            let parts = name.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
            let module = parts.dropLast().joined(separator: ".")
            if let place = places[module] {
                modules[place].names.append(parts.last ?? "")
            } else {
                places[module] = modules.count
                modules.append((module, [parts.last ?? ""]))
            }
        }
    }
}
