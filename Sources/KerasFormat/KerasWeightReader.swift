import HDF5
import ModelCore

/// Lists the weights of a file: the names in `layer_names`, for each the group of this name with its `weight_names`, each of them a path
/// to a dataset from that group. Names may hold slashes, and then lead through groups.
struct KerasWeightReader {
    let file: HDF5File
    /// The group that has `layer_names`.
    let group: String
    private var problems = ProblemCollector()
    /// The paths that were listed, by dataset.
    private var listed: [HDF5Address: String] = [:]

    /// Where later versions of Keras 2, and Keras 3, put weights that belong to the model and to none of its layers; not one of `layer_names`.
    private static let modelGroup = "top_level_model_weights"

    init(file: HDF5File, group: String) {
        self.file = file
        self.group = group
    }

    /// The layers in the file's order.
    ///
    /// - Throws: everything that is wrong at once.
    mutating func layers() throws(ModelError) -> [KerasLayerWeights] {
        guard let names = try file.splitNames(ofAttribute: "layer_names", of: group, code: "keras.layer-names") else {
            throw ModelError(Problem("keras.layer-names", "has no attribute 'layer_names'", at: file.location(group)))
        }
        var seen: Set<String> = []
        var layers: [KerasLayerWeights] = []
        for name in names {
            guard seen.insert(name).inserted else {
                problems.append(Problem("keras.layer-names", "lists layer '\(name)' twice", at: file.location(group)))
                continue
            }
            layers.append(layer(name))
        }
        if let weights = modelWeights(), !weights.weights.isEmpty { layers.append(weights) }
        try problems.throwAll()
        return layers
    }

    private mutating func modelWeights() -> KerasLayerWeights? {
        let (file, path) = (file, join(group, Self.modelGroup))
        let kind = problems.collect { () throws(ModelError) in try file.kind(of: path) }
        return kind == .group ? layer(Self.modelGroup) : nil
    }

    private mutating func layer(_ name: String) -> KerasLayerWeights {
        let path = join(group, name)
        let names = problems.collect { [file] () throws(ModelError) in
            guard try file.kind(of: path) == .group else {
                throw ModelError(Problem("keras.missing-layer", "layer '\(name)' has no group", at: Location(path: path, node: name)))
            }
            guard let names = try file.splitNames(ofAttribute: "weight_names", of: path, code: "keras.weight-names") else {
                throw ModelError(
                    Problem("keras.weight-names", "layer '\(name)' has no attribute 'weight_names'", at: Location(path: path, node: name)))
            }
            return names
        }
        return KerasLayerWeights(name: name, weights: (names ?? []).compactMap { weight($0, of: name, in: path) })
    }

    private mutating func weight(_ name: String, of layer: String, in group: String) -> KerasWeight? {
        let path = join(group, name)
        let location = Location(path: path, node: layer)
        let dataset = problems.collect { [file] () throws(ModelError) in
            do throws(ModelError) { return try file.dataset(at: path) } catch {
                guard error.problems.contains(where: { $0.code == "hdf5.missing" }) else { throw error }
                throw ModelError(
                    Problem("keras.missing-weight", "layer '\(layer)' lists weight '\(name)', which is not there", at: location))
            }
        }
        guard let dataset else { return nil }
        if let other = listed.updateValue(path, forKey: dataset.address) {
            problems.append(Problem("keras.weight-names", "lists weight '\(name)' a second time, it is \(other)", at: location))
            return nil
        }
        return KerasWeight(name: name, source: file.source(of: dataset))
    }

    private func join(_ group: String, _ name: String) -> String {
        group == "/" ? "/" + name : group + "/" + name
    }
}
