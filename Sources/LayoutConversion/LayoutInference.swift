import ModelCore
import ModelGraph

/// What the axes of each value mean, as far as operators that name a layout tell.
enum LayoutInference {
    /// Layouts by value. A value that no operator gives a meaning has none.
    static func layouts(of graph: Graph, ranks: [String: Int]) -> [String: DataLayout] {
        var layouts: [String: DataLayout] = [:]
        func note(_ value: String, _ layout: DataLayout) {
            if layouts[value] == nil, ranks[value] == layout.rank { layouts[value] = layout }
        }
        for input in graph.inputs { if let layout = input.layout { note(input.name, layout) } }
        for node in graph.nodes {
            guard let layout = declared(by: node.operation) else { continue }
            for input in node.valueInputs { note(input, layout) }
        }
        for node in graph.nodes.reversed() where keepsMeaning(node.operation) {
            guard let layout = layouts[node.output] else { continue }
            for input in node.valueInputs { note(input, layout) }
        }
        // What the network itself has turned, and may turn back.
        var turned: [String: DataLayout] = [:]
        for node in graph.nodes {
            switch node.operation {
            case .transpose(let operation):
                guard let input = node.inputs.first, let present = layouts[input] ?? turned[input],
                    let layout = DataLayout.allCases.first(where: { present.permutation(to: $0) == operation.permutation })
                else { break }
                let isTurned = (layouts[input] == nil) == (layout.isChannelsLast == present.isChannelsLast)
                if isTurned { turned[node.output] = layout } else { note(node.output, layout) }
            case .dense:
                note(node.output, .nc)
                if let layout = node.inputs.first.flatMap({ turned[$0] }), layout.isChannelsLast { turned[node.output] = layout }
            case .flatten: note(node.output, .nc)
            case .globalPooling(let operation): note(node.output, operation.keepsAxes ? operation.layout : .nc)
            default:
                if let layout = declared(by: node.operation) {
                    note(node.output, layout)
                } else if keepsMeaning(node.operation) {
                    for input in node.valueInputs { if let layout = layouts[input] { note(node.output, layout) } }
                    if layouts[node.output] == nil { turned[node.output] = node.valueInputs.lazy.compactMap { turned[$0] }.first }
                }
            }
        }
        return layouts
    }

    private static func declared(by operation: Operator) -> DataLayout? {
        switch operation {
        case .convolution(let operation): operation.layout
        case .transposedConvolution(let operation): operation.layout
        case .pooling(let operation): operation.layout
        case .globalPooling(let operation): operation.layout
        case .adaptivePooling(let operation): operation.layout
        case .resize(let operation): operation.layout
        case .locallyConnected(let operation): operation.layout
        case .sized(let operation): declared(by: operation.template)
        case .constant, .cumulativeSum, .dot, .embedding, .flip, .foldBatch, .groupNormalization, .matMul, .reduce, .rowNormalization,
            .standardization,
            .unfoldBatch, .activation, .batchNormalization, .concatenate, .crop, .dense, .flatten, .gatedLinearUnit, .identity, .merge, .pad, .prelu,
            .rescaling, .reshape, .softmax, .transpose:
            nil
        }
    }

    /// Whether axes of the output mean what those of the inputs do.
    private static func keepsMeaning(_ operation: Operator) -> Bool {
        switch operation {
        case .activation, .batchNormalization, .concatenate, .crop, .cumulativeSum, .flip, .gatedLinearUnit, .groupNormalization, .identity, .merge,
            .pad,
            .prelu, .rescaling,
            .rowNormalization, .softmax, .standardization:
            true
        case .reduce(let operation): operation.keepsAxes
        case .sized(let operation): keepsMeaning(operation.template)
        case .adaptivePooling, .constant, .convolution, .transposedConvolution, .pooling, .globalPooling, .resize, .dense, .dot, .embedding, .flatten,
            .foldBatch,
            .locallyConnected, .matMul, .reshape, .transpose, .unfoldBatch:
            false
        }
    }
}
