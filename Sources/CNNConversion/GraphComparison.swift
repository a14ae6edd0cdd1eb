package import ModelCore
package import ModelGraph
import ReferenceEngine
package import Verification

/// Whether two graphs are one network, whatever their nodes are called.
package enum GraphComparison {
    /// What is known of how a graph was written.
    package struct Origin {
        /// What the written graph calls values of its source.
        package var counterparts: [String: String] = [:]
        /// Its weights that are none of the source's.
        package var derivedWeights: Set<String> = []

        package init() {}
    }

    /// Compares inputs, outputs and what leads from the ones to the others: operators, connections, and every bit of every weight. Where an operator
    /// was written as several, these are tried on noise, and must give what it gives (`CounterpartTrial`). Where the two are put together
    /// differently even so, both are run on noise by the reference, and every bit of every output must agree.
    ///
    /// - Returns: `identical`, or `rounding` where operators were written as several.
    /// - Throws: `verify.structure` for other inputs or outputs, `verify.weight` for a weight that is in one and not in the other,
    ///   `verify.different` for outputs that differ; what reading weights throws.
    @discardableResult package static func compare(
        _ written: Graph, with source: Graph, origin: Origin = Origin(), threads: Int, progress: ((Double) -> Void)? = nil
    ) throws(ModelError) -> Verdict {
        try compareEnds(written, source)
        var identity = GraphIdentity()
        let expected = try identity.values(of: source) { progress?(0.5 * $0) }
        let weights = identity.weightKeys
        var trial = CounterpartTrial(written, source, numbers: expected, counterparts: origin.counterparts, threads: threads)
        let found = try identity.values(of: written, progress: { progress?(0.5 + 0.5 * $0) }) { value, number, known throws(ModelError) in
            try trial.number(of: value, number, known)
        }
        if let name = identity.new(after: weights.count).last(where: { !origin.derivedWeights.contains($0) }) {
            throw ModelError(
                Problem("verify.weight", "weight '\(name)' of the written file is no weight of its source", kind: .different))
        }
        if zip(written.outputs, source.outputs).allSatisfy({ found[$0.value] == expected[$1.value] }) {
            return trial.hasProved ? .rounding : .identical
        }
        try compareRuns(written, source, threads: threads)
        return .identical
    }

    private static func compareEnds(_ written: Graph, _ source: Graph) throws(ModelError) {
        func shape(_ input: GraphInput) -> Shape { Shape([nil] + input.shape.sizes.dropFirst()) }
        guard written.inputs.map(shape) == source.inputs.map(shape) else {
            throw ModelError(Problem("verify.structure", "the written file has other inputs than its source", kind: .different))
        }
        guard written.outputs.count == source.outputs.count else {
            throw ModelError(Problem("verify.structure", "the written file has other outputs than its source", kind: .different))
        }
    }

    private static func compareRuns(_ written: Graph, _ source: Graph, threads: Int) throws(ModelError) {
        let inputs = try TrialInput.make(for: source, seed: 1)
        var renamed: [String: Tensor<Float>] = [:]
        for (mine, theirs) in zip(written.inputs, source.inputs) { renamed[mine.name] = inputs[theirs.name] }
        let expected = try Reference.run(source, inputs: inputs, threads: threads)
        let found = try Reference.run(written, inputs: renamed, threads: threads)
        for (mine, theirs) in zip(written.outputs, source.outputs) {
            guard let left = found[mine.name], let right = expected[theirs.name], left.shape == right.shape,
                zip(left.scalars, right.scalars).allSatisfy({ $0.bitPattern == $1.bitPattern })
            else {
                throw ModelError(
                    Problem(
                        "verify.different", "output '\(theirs.name)' of the written file is not that of its source", kind: .different,
                        at: Location(node: theirs.name), hint: "this is a fault of cnnconvert; please report it with the model"))
            }
        }
    }
}
