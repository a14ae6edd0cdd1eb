import ByteIO
import GraphImport
import InferenceEngine
package import ModelCore
import ModelGraph
import Verification

/// `diff`: in what two models differ, whatever their formats.
package struct ModelDiff: Sendable {
    package struct Options: Sendable {
        /// The file that has the architecture, for each of the two that has weights only.
        package var config: String?
        /// The name of the network in the catalogue, for each of the two that has weights only.
        package var architecture: String?
        package var threads = ThreadCount.available

        package init() {}
    }

    /// The formats of the two files.
    package let formats: [String]
    /// Whether the two are one network with equal weights, in whatever form.
    package let areEqual: Bool
    /// In what inputs and outputs differ, a sentence each.
    package let ends: [String]
    package let layers: [LayerDifference]
    /// What both compute of the same noise; empty where their inputs differ.
    package let outputs: [OutputDifference]

    /// How far the outputs of one name, or of one place, are from each other.
    package struct OutputDifference: Sendable, Hashable {
        package let name: String
        package let shapes: [[Int]]
        /// How many elements differ in some bit, of how many.
        package let count: Int
        package let total: Int
        /// The largest difference, and the same in units in the last place and relative to the largest element.
        package let largest: Double
        package let ulps: Double
        package let relative: Double
    }

    /// - Throws: what reading either file throws.
    package init(_ first: String, _ second: String, options: Options = Options()) throws(ModelError) {
        let models = try [first, second].map { path throws(ModelError) in try Self.load(path, options) }
        formats = models.map(\.formatName)
        let graphs = try models.map { model throws(ModelError) in try model.graph() }
        let (a, b) = (graphs[0], graphs[1])
        let comparison = try ModelComparison(of: a, with: b, pairs: Self.pairs(a, b))
        (areEqual, ends, layers) = (comparison.areEqual, comparison.ends, comparison.layers)
        outputs = try Self.outputs(a, b, threads: options.threads)
    }

    private static func load(_ path: String, _ options: Options) throws(ModelError) -> LoadedModel {
        guard let architecture = try ArchitectureSource(file: options.config, name: options.architecture) else { return try LoadedModel(path: path) }
        // It is for those files that need it.
        if let model = try? LoadedModel(path: path), (try? model.graph()) != nil { return model }
        return try LoadedModel(path: path, architecture: architecture)
    }

    /// By name where most layers have one in common, else by their order.
    private static func pairs(_ a: Graph, _ b: Graph) -> NodePairs {
        let common = Set(a.nodes.map(\.name)).intersection(b.nodes.map(\.name)).count
        return 2 * common >= min(a.nodes.count, b.nodes.count) ? NodePairs(byName: a, b) : NodePairs(byOrder: a, b)
    }

    private static func outputs(_ a: Graph, _ b: Graph, threads: Int) throws(ModelError) -> [OutputDifference] {
        let inputs = try TrialInput.make(for: a, seed: 1)
        var renamed: [String: Tensor<Float>] = [:]
        for (mine, theirs) in zip(a.inputs, b.inputs) { renamed[theirs.name] = inputs[mine.name] }
        let fit =
            a.inputs.count == b.inputs.count
            && b.inputs.allSatisfy { input in
                guard let shape = renamed[input.name]?.shape, shape.count == input.shape.rank else { return false }
                return zip(shape, input.shape.sizes).allSatisfy { $1 == nil || $0 == $1 }
            }
        guard fit else { return [] }
        var options = InferenceOptions(threads: threads)
        options.keepsWeights = false
        let left = try InferencePlan(a, options: options).run(inputs)
        let right = try InferencePlan(b, options: options).run(renamed)
        return zip(a.outputs, b.outputs).compactMap { mine, theirs in
            guard let x = left[mine.name], let y = right[theirs.name] else { return nil }
            return OutputDifference(mine.name, x, y)
        }
    }

    /// All of it as one JSON object.
    package func json() throws(ModelError) -> String {
        func text(_ value: String?) -> JSONValue { value.map(JSONValue.string) ?? .null }
        return try JSON.text([
            "equal": .bool(areEqual), "formats": .array(formats.map(JSONValue.string)), "ends": .array(ends.map(JSONValue.string)),
            "layers": .array(
                layers.map { layer in
                    [
                        "a": text(layer.found?.name), "b": text(layer.expected?.name),
                        "operator": text((layer.found ?? layer.expected)?.operation.name),
                        "findings": .array(
                            layer.findings.map { ["kind": .string($0.kind.rawValue), "text": .string($0.text), "order": text($0.order)] }),
                    ]
                }),
            "outputs": .array(
                outputs.map { output in
                    [
                        "name": .string(output.name), "shapes": .array(output.shapes.map { .array($0.map(JSONValue.integer)) }),
                        "differing": .integer(output.count), "count": .integer(output.total), "largest": .finite(output.largest),
                        "ulps": .finite(output.ulps), "relative": .finite(output.relative),
                    ]
                }),
        ])
    }
}

extension ModelDiff.OutputDifference {
    fileprivate init(_ name: String, _ a: Tensor<Float>, _ b: Tensor<Float>) {
        self.name = name
        shapes = [a.shape, b.shape]
        total = b.scalars.count
        guard a.shape == b.shape else {
            (count, largest, ulps, relative) = (total, .infinity, .infinity, .infinity)
            return
        }
        var (count, largest, ulps, scale) = (0, 0.0, 0.0, 0.0)
        for (x, y) in zip(a.scalars, b.scalars) where x.bitPattern != y.bitPattern {
            count += 1
            let difference = abs(Double(x) - Double(y))
            largest = max(largest, difference.isNaN ? .infinity : difference)
            ulps = max(ulps, UnitsInLastPlace.between(x, Double(y)))
        }
        for y in b.scalars { scale = max(scale, Double(y.magnitude)) }
        (self.count, self.largest, self.ulps) = (count, largest, ulps)
        relative = largest == 0 ? 0 : largest / scale
    }
}
