package import KerasFormat
package import ModelCore

/// A file of weights alone with the network of the catalogue that it belongs to.
package struct ArchitectureMatch: Sendable {
    /// The constructor of keras.applications.
    package let name: String
    /// What is set besides the defaults, `alpha 0.5`; empty for the defaults.
    package let variant: String
    /// How many classes; `nil` for a network without top.
    package let classes: Int?
    package let preprocessing: PixelPreprocessing
    /// The weights and the architecture.
    package let model: KerasModel
    /// `ResNet50 with 1000 classes`.
    package let title: String

    fileprivate init(_ candidate: ArchitectureCandidate, classes: Int?, _ model: KerasModel) {
        let sketch = candidate.variant.sketch(classes.map(Architecture.Head.classes) ?? candidate.head)
        name = candidate.architecture.name
        variant = candidate.variant.label
        self.classes = classes
        preprocessing = candidate.architecture.preprocessing
        self.model = model.adopting(catalogued: sketch.configuration, named: name)
        title = ([name, variant].filter { !$0.isEmpty } + [classes.map { "with \($0) classes" } ?? "without top"] + candidate.poolingTitle)
            .joined(separator: " ")
    }
}

extension ArchitectureCatalogue {
    /// The network that has exactly the variables of a file: as many, in groups of the same order or names, of the same shapes.
    /// - Returns: `nil` where no network fits.
    /// - Throws: what reading a variable throws.
    package static func match(_ model: KerasModel) throws(ModelError) -> ArchitectureMatch? {
        try fitting(all, model)
    }

    /// The network of this name with a file's weights: the variant, the top and the number of classes that fit.
    /// - Throws: `keras.architecture-name` for a name that is not in the catalogue; `keras.architecture-twice` for a file that has an architecture; every
    ///   difference from the variant that comes nearest where none fits: `keras.missing-weight`, `keras.extra-weight`, `keras.weight-shape`,
    ///   `keras.layer-count`.
    package static func match(_ model: KerasModel, name: String) throws(ModelError) -> ArchitectureMatch {
        guard let architecture = all.first(where: { $0.name.lowercased() == name.lowercased() }) else {
            throw ModelError(
                Problem(
                    "keras.architecture-name", "there is no architecture '\(name)' in the catalogue", kind: .usage,
                    hint: "cnnconvert architectures lists the names"))
        }
        guard model.configuration == nil else { throw KerasModel.architectureTwice(option: "--architecture") }
        if let match = try fitting([architecture], model) { return match }
        let comparisons = ArchitectureCandidate.all(of: [architecture]).map { ArchitectureComparison($0.sketch, model) }
        guard let nearest = comparisons.min(by: { $0.problems.count < $1.problems.count }), let error = ModelError(nearest.problems) else {
            throw ModelError(Problem("keras.architecture-name", "the architecture '\(name)' has no variant", kind: .fault))
        }
        throw error
    }

    private static func fitting(_ architectures: [Architecture], _ model: KerasModel) throws(ModelError) -> ArchitectureMatch? {
        let shown = ArchitectureFile(model)
        var best: (candidate: ArchitectureCandidate, classes: Int?, distance: Int)?
        for candidate in ArchitectureCandidate.all(of: architectures)
        where candidate.sketch.groupCount(addressing: model.addressing) == shown.groupCount {
            let comparison = ArchitectureComparison(candidate.sketch, model)
            guard comparison.problems.isEmpty else { continue }
            for candidate in candidate.poolings {
                let isTold = try candidate.variant.isTold(by: comparison.found)
                let distance = isTold ? -1 : shown.distance(to: candidate.sketch)
                if distance < best?.distance ?? .max { best = (candidate, comparison.classes, distance) }
            }
        }
        return best.map { ArchitectureMatch($0.candidate, classes: $0.classes, model) }
    }
}

/// A network of the catalogue in one variant and with one end.
private struct ArchitectureCandidate {
    let architecture: Architecture
    let variant: Architecture.Variant
    let head: Architecture.Head
    let sketch: KerasSketch

    init(_ architecture: Architecture, _ variant: Architecture.Variant, _ head: Architecture.Head) {
        self.architecture = architecture
        self.variant = variant
        self.head = head
        sketch = variant.sketch(head)
    }

    /// Each variant with top, of some number of classes, and without, made one after the other.
    static func all(of architectures: [Architecture]) -> some Sequence<ArchitectureCandidate> {
        architectures.lazy.flatMap { architecture in
            architecture.variants.lazy.flatMap { variant in
                [Architecture.Head.classes(1000), .features(nil)].lazy.map { ArchitectureCandidate(architecture, variant, $0) }
            }
        }
    }

    /// The same with each end that has the same variables.
    var poolings: [ArchitectureCandidate] {
        if head.hasClasses { return [self] }
        return [self] + [.average, .maximum].map { ArchitectureCandidate(architecture, variant, .features($0)) }
    }

    var poolingTitle: [String] {
        switch head {
        case .features(.average): ["and with the mean of each channel"]
        case .features(.maximum): ["and with the maximum of each channel"]
        default: []
        }
    }
}

/// What the names of a file say of its network.
private struct ArchitectureFile {
    let groupCount: Int
    private let names: [String: Int]
    private let isByPath: Bool

    init(_ model: KerasModel) {
        groupCount = ArchitectureComparison.groups(model).count
        isByPath = model.addressing == .paths
        let names = model.layers.map(\.name).filter { $0 != "top_level_model_weights" }
        self.names = Self.counted(isByPath ? names.filter { $0.split(separator: "/").count == 2 }.map { String($0.split(separator: "/")[1]) } : names)
    }

    /// Names without the numbers that Keras appends, and how often they occur. Files differ in what they call the input.
    private static func counted(_ names: [String]) -> [String: Int] {
        var counts: [String: Int] = [:]
        for name in names {
            let parts = name.split(separator: "_", omittingEmptySubsequences: false)
            let stem = parts.count > 1 && parts.last.flatMap({ Int($0) }) != nil ? parts.dropLast().joined(separator: "_") : name
            if !stem.hasPrefix("input") { counts[stem, default: 0] += 1 }
        }
        return counts
    }

    /// How many layers the file or the network has that the other has not, as far as names show.
    func distance(to sketch: KerasSketch) -> Int {
        let layers = sketch.ordered.filter { !$0.isOperator }
        let other = Self.counted(layers.map { isByPath ? KerasVariablePaths.snakeCase($0.className) : $0.name })
        return Set(names.keys).union(other.keys).reduce(0) { $0 + abs((names[$1] ?? 0) - (other[$1] ?? 0)) }
    }
}

extension KerasSketch {
    /// How many groups with variables a file of this network has.
    fileprivate func groupCount(addressing: KerasModel.Addressing) -> Int {
        let layers = ordered.filter { !$0.weights.isEmpty }
        guard addressing == .paths else { return layers.count }
        return layers.reduce(0) { $0 + max($1.inner.count { !$0.weights.isEmpty }, 1) }
    }
}
