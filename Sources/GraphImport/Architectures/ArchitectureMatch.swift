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
        try fitting(ArchitectureCandidate.all, model)
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
                    hint: "`Conversion.architectures` lists the names"))
        }
        guard model.configuration == nil else { throw KerasModel.architectureTwice(option: "`Conversion.Options.architecture`") }
        let candidates = ArchitectureCandidate.all.filter { $0.architecture.name == architecture.name }
        if let match = try fitting(candidates, model) { return match }
        let comparisons = candidates.map { ArchitectureComparison($0.sketch, model) }
        guard let nearest = comparisons.min(by: { $0.problems.count < $1.problems.count }), let error = ModelError(nearest.problems) else {
            throw ModelError(Problem("keras.architecture-name", "the architecture '\(name)' has no variant", kind: .fault))
        }
        throw error
    }

    private static func fitting(_ candidates: [ArchitectureCandidate], _ model: KerasModel) throws(ModelError) -> ArchitectureMatch? {
        let file = ArchitectureFile(model)
        var best: (candidate: ArchitectureCandidate, classes: Int?, isTold: Bool, distance: Int)?
        for candidate in candidates where candidate.groupCount(addressing: model.addressing) == file.groupCount {
            let comparison = ArchitectureComparison(candidate.sketch, model)
            guard comparison.problems.isEmpty else { continue }
            let isTold = try candidate.variant.isTold(by: comparison.found)
            for candidate in candidate.poolings {
                let distance = file.distance(to: candidate.sketch)
                if let best, best.isTold == isTold ? best.distance <= distance : best.isTold { continue }
                best = (candidate, comparison.classes, isTold, distance)
            }
        }
        return best.map { ArchitectureMatch($0.candidate, classes: $0.classes, model) }
    }
}
