package import ModelCore
package import ModelGraph

/// The one place where axes move: a graph in any layout becomes one in the layout that is wanted.
package enum LayoutConversion {
    /// Where channels are wanted.
    package enum Family: Sendable, Hashable {
        /// Kernels are `[window..., in, out]`.
        case channelsLast
        /// Kernels are `[out, in, window...]`.
        case channelsFirst
    }

    /// The order of axes that callers and readers of the graph see.
    package enum Interface: Sendable, Hashable {
        /// Every value that the source names can be had in the source's own order; a transposition stands at the door where the layouts differ.
        case source
        /// Inputs and outputs with channels are in the wanted layout themselves, and what the source only permutes is never moved: its readers
        /// are rewritten.
        case wanted
    }

    /// A graph and what became of its weights.
    package struct Result: Sendable {
        package let graph: Graph
        /// Every weight whose axes were moved, in the order of the nodes.
        package let rearrangements: [WeightRearrangement]
        /// How the values of the source are kept in the new graph, by name, where that is not in their own order.
        package let orders: [String: ValueOrder]
    }

    /// The same network with every operator in channels-last layout.
    /// - Throws: what `inferShapes` throws.
    package static func channelsLast(_ source: Graph, interface: Interface = .source) throws(ModelError) -> Graph {
        try convert(source, to: .channelsLast, interface: interface).graph
    }

    /// The same network with every operator in a layout.
    ///
    /// Inside, a value is kept in whatever order its maker produced and each reader is rewritten to match; a transposition is inserted only where
    /// a reader needs another order. Weights become views of the source's.
    /// - Throws: what `inferShapes` throws.
    package static func convert(_ source: Graph, to family: Family, interface: Interface) throws(ModelError) -> Result {
        let shapes = try source.inferShapes()
        let layouts = LayoutInference.layouts(of: source, ranks: shapes.mapValues(\.rank))
        var pass = LayoutPass(source: source, shapes: shapes, family: family, interface: interface)
        for input in source.inputs { pass.enter(input, layout: layouts[input.name]) }
        for node in source.nodes { pass.convert(node) }
        for output in source.outputs { pass.leave(output, layout: output.layout ?? layouts[output.value]) }
        var graph = pass.graph
        graph.weights = pass.weights.weights
        _ = try graph.inferShapes()
        return Result(graph: graph, rearrangements: pass.weights.rearrangements, orders: pass.valueOrders)
    }
}

extension LayoutConversion.Family {
    func layout(_ layout: DataLayout) -> DataLayout {
        switch self {
        case .channelsLast: layout.channelsLast
        case .channelsFirst: layout.channelsFirst
        }
    }

    func kernel(spatialRank: Int) -> KernelLayout? {
        switch self {
        case .channelsLast: .windowFirst(spatialRank: spatialRank)
        case .channelsFirst: .outputFirst(spatialRank: spatialRank)
        }
    }

    func transposedKernel(spatialRank: Int) -> KernelLayout? {
        switch self {
        case .channelsLast: .transposedWindowFirst(spatialRank: spatialRank)
        case .channelsFirst: .inputFirst(spatialRank: spatialRank)
        }
    }

    var denseKernel: KernelLayout {
        switch self {
        case .channelsLast: .io
        case .channelsFirst: .oi
        }
    }
}
