import KerasFormat
import ModelCore

/// The variables of a file of weights held against those of a network.
///
/// By layer, groups find their layers by name if all names are the same, else by order, as `KerasWeightAssignment` does; by class, by path.
struct ArchitectureComparison {
    /// Every difference; none where the file fits.
    private(set) var problems: [Problem] = []
    /// The number of classes that the classifier's variables in the file have.
    private(set) var classes: Int?
    /// The variables of the file by the layer that they belong to.
    private(set) var found: [String: [KerasWeight]] = [:]
    private let sketch: KerasSketch

    init(_ sketch: KerasSketch, _ model: KerasModel) {
        self.sketch = sketch
        if model.addressing == .paths { compareByPath(model) } else { compareByLayer(model) }
    }

    /// The groups of a file that hold variables of layers.
    static func groups(_ model: KerasModel) -> [KerasLayerWeights] {
        model.layers.filter { group in
            guard !group.weights.isEmpty else { return false }
            guard model.addressing == .paths else { return group.name != "top_level_model_weights" }
            // What is below a layer, such as the state of a generator of random numbers, does not matter.
            let list = group.name.split(separator: "/").dropLast().last
            return list == "layers" || list == "_layer_checkpoint_dependencies"
        }
    }

    // MARK: By layer

    private mutating func compareByLayer(_ model: KerasModel) {
        let groups = Self.groups(model)
        let layers = sketch.ordered.filter { !$0.weights.isEmpty }
        let byName = Dictionary(groups.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
        let named = layers.filter { byName[$0.name] != nil }
        if named.count < layers.count, groups.count == layers.count {
            for (layer, group) in zip(layers, groups) { compare(layer, group.weights) }
            return
        }
        guard !named.isEmpty else {
            problems.append(
                Problem(
                    "keras.layer-count", "\(sketch.name) has \(layers.count) layers with weights, the file has \(groups.count), none of the same name"
                ))
            return
        }
        for layer in layers { compare(layer, byName[layer.name]?.weights ?? []) }
        let known = Set(layers.map(\.name))
        for group in groups where !known.contains(group.name) { reportExtra(group) }
    }

    // MARK: By class

    private mutating func compareByPath(_ model: KerasModel) {
        let groups = Dictionary(model.layers.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
        let paths = KerasVariablePaths(sketch.configuration, pointer: "", groups: groups.keys).objects
        for (position, layer) in sketch.ordered.enumerated() {
            let place = "/config/layers/\(position)"
            if layer.inner.isEmpty { compare(layer, at: paths[place], groups) }
            for (number, inner) in layer.inner.enumerated() { compare(inner, at: paths["\(place)/config/layers/\(number)"], groups) }
        }
        let known = Set(paths.values)
        for group in Self.groups(model) where !known.contains(group.name) { reportExtra(group) }
    }

    private mutating func compare(_ layer: KerasSketch.Layer, at path: String?, _ groups: [String: KerasLayerWeights]) {
        compare(layer, path.flatMap { groups[$0]?.weights } ?? [])
    }

    // MARK: Layers

    private mutating func compare(_ layer: KerasSketch.Layer, _ weights: [KerasWeight]) {
        guard !layer.weights.isEmpty || !weights.isEmpty else { return }
        found[layer.name] = weights
        guard layer.weights.count == weights.count else {
            problems.append(
                Problem(
                    weights.count > layer.weights.count ? "keras.extra-weight" : "keras.missing-weight",
                    "layer '\(layer.name)' (\(layer.className)) has \(layer.weights.count) variables, the file holds \(weights.count)",
                    at: Location(path: weights.first?.source.origin, node: layer.name)))
            return
        }
        var wanted = layer.weights
        if layer.name == sketch.classifier, let count = weights.last?.source.shape.last {
            classes = count
            wanted = wanted.map { $0.dropLast() + [count] }
        }
        for (shape, weight) in zip(wanted, weights) where weight.source.shape != shape {
            problems.append(
                Problem(
                    "keras.weight-shape",
                    "layer '\(layer.name)' (\(layer.className)) needs a variable of shape \(Shape(shape)), '\(weight.name)' has \(Shape(weight.source.shape))",
                    at: Location(path: weight.source.origin, node: layer.name)))
        }
    }

    private mutating func reportExtra(_ group: KerasLayerWeights) {
        problems.append(
            Problem(
                "keras.extra-weight", "the file holds \(group.weights.count) variables of '\(group.name)', which \(sketch.name) does not have",
                at: Location(path: group.weights.first?.source.origin)))
    }
}
