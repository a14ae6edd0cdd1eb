import KerasFormat
import ModelCore

/// A network whose layers are known by its name: a constructor of keras.applications.
struct Architecture: Sendable {
    /// The constructor's name.
    let name: String
    /// How pixels become the input.
    let preprocessing: PixelPreprocessing
    let variants: [Variant]

    /// One setting of the constructor's further arguments.
    struct Variant: Sendable {
        /// What is set, `alpha 0.5`; empty for the defaults.
        let label: String
        let sketch: @Sendable (Head) -> KerasSketch
        /// Values of a variable by which a file shows that it is this variant, where shapes do not.
        let telltale: Telltale?

        init(_ label: String = "", telltale: Telltale? = nil, _ sketch: @escaping @Sendable (Head) -> KerasSketch) {
            self.label = label
            self.sketch = sketch
            self.telltale = telltale
        }

        /// Whether the variables of a file, by layer, have the values that only this variant has.
        func isTold(by weights: [String: [KerasWeight]]) throws(ModelError) -> Bool {
            guard let telltale, let found = weights[telltale.layer], found.indices.contains(telltale.variable) else { return false }
            let source = found[telltale.variable].source
            guard source.dtype == .float32, source.count == telltale.values.count else { return false }
            return try source.bytes() == telltale.values.flatMap { withUnsafeBytes(of: Float($0).bitPattern.littleEndian, Array.init) }
        }
    }

    /// The values of a variable, given by its number in its layer.
    struct Telltale: Sendable {
        let layer: String
        let variable: Int
        let values: [Double]
    }

    /// How a network ends.
    enum Head: Sendable, Hashable {
        /// With so many classes.
        case classes(Int)
        /// Without top: with what the last convolution makes, or the mean or largest of each of its channels.
        case features(Pooling?)
    }

    enum Pooling: Sendable, Hashable {
        case average, maximum
    }

    init(_ name: String, _ preprocessing: PixelPreprocessing, _ variants: [Variant]) {
        self.name = name
        self.preprocessing = preprocessing
        self.variants = variants
    }

    init(_ name: String, _ preprocessing: PixelPreprocessing, _ sketch: @escaping @Sendable (Head) -> KerasSketch) {
        self.init(name, preprocessing, [Variant("", sketch)])
    }
}

extension Architecture.Head {
    /// Whether the network has its top.
    var hasClasses: Bool {
        if case .classes = self { true } else { false }
    }

    /// The size of the image with top; without, it is open.
    func size(_ size: Int) -> Int? {
        hasClasses ? size : nil
    }
}

extension KerasSketch {
    /// The usual end: the mean of each channel and a Dense layer with a softmax, or the pooling of a network without top.
    mutating func end(_ x: Value, _ head: Architecture.Head, pool: String? = "avg_pool", maximum: String? = "max_pool", dropout: String? = nil) {
        switch head {
        case .classes(let count):
            var x = globalAverage(x, pool)
            if let dropout { x = same(x, "Dropout", dropout) }
            classify(by: dense(x, count, activation: "softmax", "predictions"))
        case .features(let pooling): self.pool(x, pooling, average: pool, maximum: maximum)
        }
    }

    /// The pooling of a network without top; a name that is `nil` is Keras' choice.
    @discardableResult
    mutating func pool(_ x: Value, _ pooling: Architecture.Pooling?, average: String? = nil, maximum: String? = nil) -> Value {
        switch pooling {
        case nil: x
        case .average: globalAverage(x, average)
        case .maximum: globalMaximum(x, maximum)
        }
    }
}
