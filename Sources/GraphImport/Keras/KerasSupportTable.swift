/// What README.md says about Keras, as the code has it.
enum KerasSupportTable {
    /// The layers that can be converted, a line for each family and each range of versions.
    static var layers: [String] {
        let rows = KerasLayerKind.families.flatMap { family in
            let groups = Dictionary(grouping: family.kinds.keys) { KerasVersionTable.versions(of: $0) }
            return groups.sorted { ($0.key.lowerBound, -$0.key.upperBound) < ($1.key.lowerBound, -$1.key.upperBound) }.map { versions, names in
                "| \(family.title) | \(versions.map(String.init).joined(separator: ", ")) | "
                    + names.sorted().map { "`\($0)`" }.joined(separator: ", ") + " |"
            }
        }
        return ["| family | Keras | layers |", "|---|---|---|"] + rows
    }

    /// The operators on tensors that can be converted, by what writes them.
    static var operators: [String] {
        let rows = [
            ("Keras 3: classes of `keras.ops` and `keras.activations`", Set(KerasOperation.all.keys).subtracting(KerasOperation.ofTensorFlow)),
            ("tf.keras 2.4 and later: functions of `tf`", Set(TensorFlowFunction.functions.keys)),
            ("tf.keras 2.0 to 2.3: operations of TensorFlow's graph", Set(TensorFlowFunction.operations.keys)),
        ]
        return ["| written by | operators |", "|---|---|"]
            + rows.map { "| \($0) | " + $1.sorted().map { "`\($0)`" }.joined(separator: ", ") + " |" }
    }

    /// What versions mean differently.
    static var versions: [String] {
        ["| what | versions | meaning |", "|---|---|---|"] + KerasVersionTable.lines
    }
}
