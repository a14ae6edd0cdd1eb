import ModelCore
import ModelGraph

extension Graph {
    /// How many weights the source does not hold as they are.
    private var derivedCount: Int { weightOrder.count { weights[$0]?.source.derivation != nil } }

    /// What there is to know about weights that were made of others, if there are such.
    ///
    /// - Parameter isReplayed: whether they were made again, and compared.
    func remarks(aboutDerivedWeights isReplayed: Bool) -> [String] {
        let count = derivedCount
        guard count > 0 else { return [] }
        let subject = count == 1 ? "1 weight is" : "\(count) weights are"
        let what = "\(subject) derived: the source computes from its own tensors, and the reference did so in Float32"
        return [isReplayed ? what + ", again for this verification" : what]
    }
}
