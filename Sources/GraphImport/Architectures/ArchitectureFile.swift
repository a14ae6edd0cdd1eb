import KerasFormat

/// What the names of a file say of its network.
struct ArchitectureFile {
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
