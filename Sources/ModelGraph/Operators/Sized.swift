package import ModelCore

/// An operator of one input some of whose integers are computed from sizes of the node's inputs, and are known when these are.
///
/// The first input is the operator's own; of the others only the sizes are read. PyTorch computes so with `x.size(2)` where an axis is open, and
/// ONNX with `Shape`.
package struct Sized: OperatorDefinition {
    package static let name = "sized"
    package static let inputCount = 1...16

    /// The operator with 1 in place of every number that is computed.
    package let template: Operator
    /// The numbers of the attributes that are computed, by name.
    package let sizes: [String: [SizeExpression<SizeReference>]]

    /// The attributes of each operator that may be computed.
    private static let computed: [String: [String]] = [
        AdaptivePooling.name: ["output_size"], Crop.name: ["before", "after"], Pad.name: ["before", "after"], Pooling.name: ["window", "strides"],
        Reshape.name: ["sizes"], Resize.name: ["sizes"],
    ]

    /// The longest text of an attribute in files.
    private static let textLimit = 1024

    /// - Parameters:
    ///   - template: an operator, whatever its numbers of these names are.
    ///   - sizes: the numbers, by the name of the attribute.
    /// - Throws: `graph.attributes` where such numbers of the operator cannot be computed.
    package init(_ template: Operator, sizes: [String: [SizeExpression<SizeReference>]]) throws(ModelError) {
        let names = Self.computed[template.name] ?? []
        guard !sizes.isEmpty, sizes.keys.allSatisfy({ names.contains($0) && template.attributes[$0] != nil }) else {
            throw ModelError(Problem("graph.attributes", "operator \(template.name) has no attributes \(sizes.keys.sorted()) that can be computed"))
        }
        for (name, values) in sizes
        where SizeText.text(values).utf8.count > Self.textLimit || values.contains(where: { $0.count > SizeExpression<SizeReference>.limit }) {
            throw ModelError(Problem("graph.attributes", "attribute '\(name)' of operator \(template.name) is computed in too many steps"))
        }
        self.sizes = sizes
        self.template = try Self.substituted(template, sizes.mapValues { $0.map { _ in 1 } })
    }

    package init(from attributes: inout AttributeReader) throws(ModelError) {
        let name = try attributes.string("operator")
        var list = AttributeList()
        var sizes: [String: [SizeExpression<SizeReference>]] = [:]
        for entry in attributes.rest() {
            guard case .string(let text) = entry.value, Self.computed[name]?.contains(entry.name) == true else {
                list.append(entry.name, entry.value)
                continue
            }
            guard let values = SizeText.sizes(text) else { throw attributes.problem("attribute '\(entry.name)' is no list of sizes") }
            sizes[entry.name] = values
            list.append(entry.name, .integers(values.map { _ in 1 }))
        }
        try self.init(Operator(name: name, attributes: list), sizes: sizes)
    }

    package func encode(into attributes: inout AttributeList) {
        attributes.append("operator", .string(template.name))
        for entry in template.attributes.entries {
            attributes.append(entry.name, sizes[entry.name].map { .string(SizeText.text($0)) } ?? entry.value)
        }
    }

    private static func substituted(_ template: Operator, _ numbers: [String: [Int]]) throws(ModelError) -> Operator {
        var list = AttributeList()
        for entry in template.attributes.entries { list.append(entry.name, numbers[entry.name].map(AttributeValue.integers) ?? entry.value) }
        return try Operator(name: template.name, attributes: list)
    }

    /// The operator that it is for inputs of these shapes; `nil` where a size is not known that it depends on.
    /// - Throws: `graph.attributes` where an input or an axis is not there, or a number cannot be.
    package func resolved(_ inputs: [Shape]) throws(ModelError) -> Operator? {
        for source in sizes.values.flatMap({ $0.flatMap(\.sources) }) {
            guard inputs.indices.contains(source.input), source.axis < inputs[source.input].rank else {
                throw attributeError("there is no axis \(source.axis) of an input \(source.input)")
            }
        }
        let values = sizes.mapValues { $0.map { $0.value { inputs[$0.input][$0.axis] } } }
        guard values.values.allSatisfy({ !$0.contains(nil) }) else {
            let isKnown = sizes.values.allSatisfy { $0.allSatisfy { $0.sources.allSatisfy { inputs[$0.input][$0.axis] != nil } } }
            if isKnown { throw attributeError("a size cannot be computed for inputs \(inputs)") }
            return nil
        }
        return try Self.substituted(template, values.mapValues { $0.compactMap(\.self) })
    }

    /// The operator that it is for inputs whose shapes are known.
    package func resolved(_ inputs: [[Int]]) throws(ModelError) -> Operator {
        guard let operation = try resolved(inputs.map { Shape(known: $0) }) else { throw attributeError("a size of \(inputs) is not known") }
        return operation
    }

    package func outputShape(_ inputs: [Shape], _ weights: WeightShapes) throws(ModelError) -> Shape {
        if let operation = try resolved(inputs) { return try operation.definition.outputShape([inputs[0]], weights) }
        var output = inputs[0]
        func value(_ name: String, _ position: Int) -> Int? {
            guard let values = sizes[name] else {
                guard case .integers(let known)? = template.attributes[name], known.indices.contains(position) else { return nil }
                return known[position]
            }
            return values.indices.contains(position) ? values[position].value { inputs[$0.input][$0.axis] } : nil
        }
        switch template {
        case .reshape:
            guard output.rank >= 1 else { throw shapeError("input \(output) has no axes") }
            return Shape([output[0]] + (sizes["sizes"] ?? []).indices.map { position in value("sizes", position).flatMap { $0 == -1 ? nil : $0 } })
        case .crop, .pad:
            let sign = template.name == Pad.name ? 1 : -1
            let steps: [Int]? = if case .crop(let crop) = template { crop.steps } else { nil }
            for name in ["before", "after"] { try requireCount(name, output.rank) }
            if let steps { try require("steps of cropping", steps, count: output.rank, atLeast: 1) }
            for axis in 0..<output.rank {
                guard steps?[axis] ?? 1 == 1, let size = output[axis], let before = value("before", axis), let after = value("after", axis) else {
                    output[axis] = nil
                    continue
                }
                output[axis] = before.adding(after)?.multiplied(by: sign)?.adding(size)
            }
        case .resize(let operation):
            try require(inputs[0], layout: operation.layout)
            try requireCount("sizes", operation.layout.spatialRank)
            for (position, axis) in operation.layout.spatialAxes.enumerated() { output[axis] = value("sizes", position) }
        case .adaptivePooling(let operation):
            try require(inputs[0], layout: operation.layout)
            try requireCount("output_size", operation.layout.spatialRank)
            for (position, axis) in operation.layout.spatialAxes.enumerated() { output[axis] = value("output_size", position) }
        case .pooling(let operation):
            try require(inputs[0], layout: operation.layout)
            for axis in operation.layout.spatialAxes { output[axis] = nil }
        default: throw attributeError("operator \(template.name) has no sizes that can be computed")
        }
        return output
    }

    /// - Throws: `graph.attributes` unless an attribute has so many numbers.
    private func requireCount(_ name: String, _ count: Int) throws(ModelError) {
        guard case .integers(let numbers)? = template.attributes[name], numbers.count == count else {
            throw attributeError("attribute '\(name)' of \(template.name) must have \(count) numbers")
        }
    }

    package func multiplyAdds(_ inputs: [Shape], _ weights: WeightShapes) -> Int {
        template.definition.multiplyAdds(Array(inputs.prefix(1)), weights)
    }

    package func reach(_ input: Shape, _ weights: WeightShapes) -> Reach { .everything }

    package var erased: Operator { .sized(self) }
}
