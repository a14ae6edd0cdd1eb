import HDF5
import ModelCore

/// The variables of a file that names them by class: for every object of the model a group `vars`, in it datasets `0`, `1`, ...
///
/// A `.weights.h5` file, the weights of a `.keras` archive and each shard of several files are of this kind. Versions differ in the names
/// of groups only, as far as they matter here:
///
/// | written by | the group of a layer | differs in |
/// |---|---|---|
/// | Keras 3.0 to 3.8 | `layers/conv2d_1/vars` | objects without variables have no group |
/// | Keras 3.9 to 3.15 | `layers/conv2d_1/vars` | every object has a group, whose attribute `name` is the layer's |
/// | Keras 2.14 to 2.16, tf-keras | `layers/conv2d_1/vars` | every object has a group |
/// | the same on Windows | `layers\conv2d_1/vars` | backslashes are a part of names |
/// | Keras 2.12, 2.13 | `_layer_checkpoint_dependencies/conv2d_2/vars` | layers with variables are counted twice |
///
/// Groups of optimizers, metrics and generators of random numbers are left out: nothing below a list of layers needs them.
struct KerasVariables {
    /// By the path of the object, `layers/conv2d_1`, and the dataset's name.
    private(set) var weights: [String: [String: KerasWeight]] = [:]
    /// The names of objects, where the file notes them.
    private(set) var labels: [String: String] = [:]

    /// The names of the groups that hold a model's layers.
    static let containers = ["layers", "_layer_checkpoint_dependencies"]

    /// Whether a file is of this kind.
    static func isKind(of file: HDF5File) throws(ModelError) -> Bool {
        try file.names(inGroup: "/").contains { name in
            name == "vars" || containers.contains(String(name.prefix { $0 != "\\" }))
        }
    }

    /// Lists the variables of a file, none of whose elements are read.
    ///
    /// - Throws: everything that is wrong at once: `keras.variables` for two groups of one path and for variables without a group; codes of
    ///   `HDF5File`.
    init(_ file: HDF5File) throws(ModelError) {
        var problems = ProblemCollector()
        var groups: [String: String] = [:]
        for entry in try file.walk() {
            let parts = entry.path.split(whereSeparator: { $0 == "/" || $0 == "\\" }).map(String.init)
            guard let first = parts.first, Self.containers.contains(first) else { continue }
            if parts.last == "vars" {
                let object = parts.dropLast().joined(separator: "/")
                guard entry.kind == .group else {
                    problems.append(Problem("keras.variables", "is not a group", at: file.location(entry.path)))
                    continue
                }
                guard weights.updateValue([:], forKey: object) == nil else {
                    problems.append(Problem("keras.variables", "is a second group of variables for '\(object)'", at: file.location(entry.path)))
                    continue
                }
                groups[entry.path] = object
                // Only a help: a file is good without it.
                labels[object] = (try? file.strings(ofAttribute: "name", of: entry.path))?.first
            } else if let slash = entry.path.lastIndex(of: "/"), let object = groups[String(entry.path[..<slash])] {
                let name = String(entry.path[entry.path.index(after: slash)...])
                let dataset = problems.collect { () throws(ModelError) in try file.dataset(at: entry.path) }
                weights[object]?[name] = dataset.map { KerasWeight(name: "\(object)/vars/\(name)", source: file.source(of: $0)) }
            }
        }
        try problems.throwAll()
    }

    /// No variables.
    init() {}

    /// Adds the names that another file notes.
    mutating func add(labels more: [String: String]) {
        labels.merge(more) { first, _ in first }
    }

    /// Adds what another file has of the object at this path.
    ///
    /// - Throws: `keras.variables` for a variable that is there already.
    mutating func add(_ more: [String: KerasWeight], of object: String) throws(ModelError) {
        for (name, weight) in more where weights[object, default: [:]].updateValue(weight, forKey: name) != nil {
            throw ModelError(Problem("keras.variables", "two files hold '\(weight.name)'", at: Location(path: weight.source.origin)))
        }
        if weights[object] == nil { weights[object] = [:] }
    }

    /// Each object with its variables in order, those with other names than numbers last.
    ///
    /// - Throws: `keras.variables` for every object of whose numbers some are left out.
    func objects() throws(ModelError) -> [KerasLayerWeights] {
        var problems = ProblemCollector()
        var objects: [KerasLayerWeights] = []
        for (object, weights) in weights.sorted(by: { $0.key < $1.key }) {
            var numbered: [(number: Int, weight: KerasWeight)] = []
            var named: [(name: String, weight: KerasWeight)] = []
            for (name, weight) in weights {
                if let number = Int(name), String(number) == name { numbered.append((number, weight)) } else { named.append((name, weight)) }
            }
            numbered.sort { $0.number < $1.number }
            named.sort { $0.name < $1.name }
            if let gap = numbered.enumerated().first(where: { $0.offset != $0.element.number }) {
                problems.append(
                    Problem(
                        "keras.variables", "'\(object)' has a variable \(gap.element.number), and none of number \(gap.offset)",
                        at: Location(path: gap.element.weight.source.origin)))
            }
            objects.append(KerasLayerWeights(name: object, label: labels[object], weights: numbered.map(\.weight) + named.map(\.weight)))
        }
        try problems.throwAll()
        return objects
    }
}
