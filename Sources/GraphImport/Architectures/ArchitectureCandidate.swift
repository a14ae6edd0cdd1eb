import KerasFormat

/// A network of the catalogue in one variant and with one end.
struct ArchitectureCandidate: Sendable {
    let architecture: Architecture
    let variant: Architecture.Variant
    let head: Architecture.Head
    /// How many layers of the outermost model have variables.
    private let layerCount: Int
    /// The same, with the layers of nested models in their place.
    private let leafCount: Int

    private init(_ architecture: Architecture, _ variant: Architecture.Variant, _ head: Architecture.Head) {
        self.architecture = architecture
        self.variant = variant
        self.head = head
        let layers = variant.sketch(head).ordered.filter { !$0.weights.isEmpty }
        layerCount = layers.count
        leafCount = layers.reduce(0) { $0 + max($1.inner.count { !$0.weights.isEmpty }, 1) }
    }

    private init(_ candidate: ArchitectureCandidate, _ pooling: Architecture.Pooling) {
        architecture = candidate.architecture
        variant = candidate.variant
        head = .features(pooling)
        layerCount = candidate.layerCount
        leafCount = candidate.leafCount
    }

    /// Each network and variant with top, of some number of classes, and without. Their layers are counted once, and not kept.
    static let all = ArchitectureCatalogue.all.flatMap { architecture in
        architecture.variants.flatMap { variant in
            [Architecture.Head.classes(1000), .features(nil)].map { ArchitectureCandidate(architecture, variant, $0) }
        }
    }

    var sketch: KerasSketch { variant.sketch(head) }

    /// How many groups with variables a file of this network has.
    func groupCount(addressing: KerasModel.Addressing) -> Int {
        addressing == .paths ? leafCount : layerCount
    }

    /// The same with each end that has the same variables.
    var poolings: [ArchitectureCandidate] {
        head.hasClasses ? [self] : [self, ArchitectureCandidate(self, .average), ArchitectureCandidate(self, .maximum)]
    }

    var poolingTitle: [String] {
        switch head {
        case .features(.average): ["and with the mean of each channel"]
        case .features(.maximum): ["and with the maximum of each channel"]
        default: []
        }
    }
}
