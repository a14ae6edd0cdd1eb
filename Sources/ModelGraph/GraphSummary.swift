package import ModelCore

/// What one layer of a network costs and sees.
package struct LayerSummary: Sendable, Hashable {
    package let name: String
    package let operation: String
    package let outputShape: Shape
    /// Numbers in the layer's weights; those that an earlier layer has already counted are 0.
    package let parameters: Int
    /// For one sample; unknown where a size is.
    package let multiplyAdds: Int?
    /// How many elements of the network's inputs one element of the output depends on, per spatial axis; `nil` for all of them.
    package let receptiveField: [Int]?
}

extension Graph {
    /// One summary for each node.
    /// - Throws: what `inferShapes` throws.
    package func summary() throws(ModelError) -> [LayerSummary] {
        let shapes = try inferShapes()
        var fields: [String: ReceptiveField] = [:]
        for input in inputs { fields[input.name] = ReceptiveField.point }
        var counted: Set<String> = []
        return nodes.map { node in
            let definition = node.operation.definition
            let weightShapes = weightShapes(of: node)
            let inputs = node.inputs.compactMap { shapes[$0] }
            let output = shapes[node.output] ?? Shape([])
            let field = node.inputs.reduce(ReceptiveField.point) { $0.joined(with: fields[$1] ?? .point) }
            let seen = field.after(definition.reach(inputs.first ?? output, weightShapes))
            fields[node.output] = seen
            let parameters = node.weights.values.filter { counted.insert($0).inserted }.compactMap { weights[$0]?.source.count }.reduce(0, +)
            let elements = output.sizes.dropFirst().reduce(Int?(1)) { product, size in
                product.flatMap { product in size.flatMap { product.multiplied(by: $0) } }
            }
            let perElement = definition.multiplyAdds(inputs, weightShapes)
            return LayerSummary(
                name: node.name, operation: node.operation.name, outputShape: output, parameters: parameters,
                multiplyAdds: elements.flatMap { $0.multiplied(by: perElement) }, receptiveField: seen.sizes)
        }
    }
}

/// How many input elements an element depends on, and how far apart neighbours look, per spatial axis.
private struct ReceptiveField {
    /// Empty: one element, of an unknown number of axes. `nil`: everything.
    var extent: [Double]?
    var spacing: [Double]

    static let point = ReceptiveField(extent: [], spacing: [])

    var sizes: [Int]? { extent.map { $0.map { Int($0.rounded(.up)) } } }

    func joined(with other: ReceptiveField) -> ReceptiveField {
        guard let mine = extent, let theirs = other.extent else { return ReceptiveField(extent: nil, spacing: []) }
        if mine.isEmpty { return other }
        if theirs.isEmpty { return self }
        return ReceptiveField(extent: zip(mine, theirs).map { max($0, $1) }, spacing: zip(spacing, other.spacing).map { max($0, $1) })
    }

    func after(_ reach: Reach) -> ReceptiveField {
        guard let extent else { return self }
        func slid(_ windows: [Int], _ scale: [Double]) -> ReceptiveField {
            let extent = extent.isEmpty ? windows.map { _ in 1 } : extent
            let spacing = spacing.isEmpty ? windows.map { _ in 1 } : spacing
            guard extent.count == windows.count else { return ReceptiveField(extent: nil, spacing: []) }
            return ReceptiveField(
                extent: extent.indices.map { min(extent[$0] + Double(windows[$0] - 1) * spacing[$0], 0x1p52) },
                spacing: spacing.indices.map { min(spacing[$0] * scale[$0], 0x1p52) })
        }
        switch reach {
        case .element: return self
        case .everything: return ReceptiveField(extent: nil, spacing: [])
        case .windows(let windows, let stride): return slid(windows, stride.map(Double.init))
        case .magnified(let factors, let windows): return slid(windows, factors.map { 1 / $0 })
        }
    }
}
