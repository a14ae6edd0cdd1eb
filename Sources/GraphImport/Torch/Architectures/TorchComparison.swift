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

    /// More modules than these are told by the first parts of their names.
    private static let mostModules = 8

    init(_ sketch: TorchSketch, _ file: TorchStateDict) {
        let classifier = sketch.classifier
        classes = file.sources["\(classifier).weight"]?.shape.first.flatMap { $0 > 0 ? $0 : nil }
        var missing: [String] = []
        var shapes: [(name: String, wanted: [Int], source: WeightSource)] = []
        for tensor in sketch.tensors {
            guard let source = file.sources[tensor.name] else {
                missing.append(tensor.name)
                continue
            }
            var wanted = tensor.shape
            if let classes, tensor.name.hasPrefix("\(classifier).") { wanted[0] = classes }
            if source.shape == wanted { agreements += 1 } else { shapes.append((tensor.name, wanted, source)) }
        }
        let extras = extras(sketch, file)
        let network = sketch.network.name
        func isHead(_ name: String) -> Bool { name.hasPrefix("\(classifier).") }
        let otherHead = shapes.filter { isHead($0.name) }.map(\.name)
        if !classifier.isEmpty, shapes.allSatisfy({ isHead($0.name) }), missing.allSatisfy(isHead), !missing.isEmpty || !otherHead.isEmpty {
            problems = [Self.head(classifier, of: network, missing + otherHead, extras, file)]
            return
        }
        problems += Self.groups(missing).map { module, names in
            Problem("torch.missing-weight", "the file lacks \(Self.text(module, names)), which \(network) has")
        }
        problems += Self.shortened(shapes.map(\.name)).map { name, more in
            let (wanted, source) = shapes.first { $0.name == name }.map { ($0.wanted, $0.source.shape) } ?? ([], [])
            let others = more == 0 ? "" : ", and \(more) more tensors have other shapes"
            return Problem(
                "torch.weight-shape", "'\(name)' of \(network) has shape \(Shape(wanted)), in the file \(Shape(source))\(others)",
                at: Location(path: file.sources[name]?.origin))
        }
        problems += Self.groups(extras).map { module, names in
            Problem(
                "torch.extra-weight", "the file holds \(Self.text(module, names)), which \(network) does not have",
                at: Location(path: extras.first { module.isEmpty || $0.hasPrefix(module) }.flatMap { file.sources[$0]?.origin }))
        }
    }

    /// The names that the network has not got, but for those of modules that only training uses.
    private mutating func extras(_ sketch: TorchSketch, _ file: TorchStateDict) -> [String] {
        let known = Set(sketch.tensors.map(\.name))
        var extras: [String] = []
        for name in file.names where !known.contains(name) {
            if let module = sketch.trainingModules.first(where: { name.hasPrefix("\($0).") }) {
                if leftOut.last != module { leftOut.append(module) }
            } else {
                extras.append(name)
            }
        }
        return extras
    }

    /// One difference for a network that ends otherwise.
    private static func head(
        _ classifier: String, of network: String, _ wanted: [String], _ extras: [String], _ file: TorchStateDict
    ) -> Problem {
        func list(_ names: [String]) -> String {
            let shown = names.prefix(4).map { name in "'\(name)'" + (file.sources[name].map { " \(Shape($0.shape))" } ?? "") }
            return shown.joined(separator: ", ") + (names.count > 4 ? " and \(names.count - 4) more" : "")
        }
        let found = extras + wanted.filter { file.sources[$0] != nil }
        let has = found.isEmpty ? "the file has none" : "the file has \(list(found))"
        return Problem(
            "torch.head", "the file is \(network) but for its classifier '\(classifier)': \(has) where \(network) has \(list(wanted))",
            at: Location(path: found.first.flatMap { file.sources[$0]?.origin }),
            hint: "export the network itself with torch.export, which writes its head down")
    }

    // MARK: Text

    private static func text(_ module: String, _ names: [String]) -> String {
        let list =
            names.count <= mostModules ? names.map { "'\($0)'" }.joined(separator: ", ") : "'\(names[0])' and \(names.count - 1) more tensors"
        return module.isEmpty ? list : "\(list) of '\(module)'"
    }

    /// The first of many names, with how many are left out.
    private static func shortened(_ names: [String]) -> [(String, Int)] {
        names.prefix(mostModules).enumerated().map { ($1, $0 == mostModules - 1 ? names.count - mostModules : 0) }
    }

    /// Names of tensors by their modules, in order; by the first parts of their names where there are many.
    private static func groups(_ names: [String]) -> [(module: String, names: [String])] {
        let parts = names.map { $0.split(separator: ".", omittingEmptySubsequences: false).map(String.init) }
        var groups: [(module: String, names: [String])] = []
        for depth in [Int.max, 2, 1, 0] {
            groups = []
            var places: [String: Int] = [:]
            for parts in parts {
                let count = min(depth, parts.count - 1)
                let (module, name) = (parts[..<count].joined(separator: "."), parts[count...].joined(separator: "."))
                if let place = places[module] {
                    groups[place].names.append(name)
                } else {
                    places[module] = groups.count
                    groups.append((module, [name]))
                }
            }
            if groups.count <= mostModules { break }
        }
        return groups
    }
}
