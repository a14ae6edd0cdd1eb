import ModelCore

/// A part of a node that makes some channels of its output: the same operator with a part of each weight.
package struct ChannelSlice: Sendable {
    /// Which positions along the axis of the output.
    package let channels: Range<Int>
    /// By role.
    package let weights: [String: Weight]
}

/// A node in parts, together all of it.
package struct ChannelSlices: Sendable {
    package let operation: Operator
    /// The axis of the output along which the parts lie; `nil` for a node in one part.
    fileprivate let axis: Int?
    package let parts: [ChannelSlice]

    /// The part of an output of this shape that a slice makes.
    package func shape(of slice: ChannelSlice, in output: [Int]) -> [Int] {
        var shape = output
        if let axis { shape[axis] = slice.channels.count }
        return shape
    }

    /// Where in the output the runs of a slice begin, one after the other, and how long a run is.
    package func runs(of slice: ChannelSlice, in output: [Int]) -> (starts: StrideTo<Int>, length: Int) {
        let count = output.reduce(1, *)
        guard let axis else { return (stride(from: 0, to: count, by: max(count, 1)), count) }
        let inner = output[(axis + 1)...].reduce(1, *)
        return (stride(from: slice.channels.lowerBound * inner, to: count, by: output[axis] * inner), slice.channels.count * inner)
    }

    /// The position in a slice's own output of an element of the whole output; `nil` for an element that another slice makes.
    package func position(_ position: Int, in slice: ChannelSlice, of output: [Int]) -> Int? {
        guard let axis else { return position }
        let inner = output[(axis + 1)...].reduce(1, *)
        let (rest, within) = position.quotientAndRemainder(dividingBy: inner)
        let (outer, channel) = rest.quotientAndRemainder(dividingBy: output[axis])
        guard slice.channels.contains(channel) else { return nil }
        return (outer * slice.channels.count + channel - slice.channels.lowerBound) * inner + within
    }
}

extension Graph {
    /// The weights of a node by role.
    package func weights(of node: Node) -> [String: Weight] {
        node.weights.compactMapValues { weights[$0] }
    }

    /// A node cut along the channels of its output, so that the weights of a part have about `limit` numbers at most; in one part where the
    /// operator's outputs have no weights of their own.
    ///
    /// - Parameter rank: that of the node's first input.
    package func slices(of node: Node, rankOfInput rank: Int, limit: Int) -> ChannelSlices {
        let weights = weights(of: node)
        let count = weights.values.compactMap { $0.source.shape.checkedProduct }.checkedSum ?? .max
        guard count > limit, let axes = node.operation.channelAxes(weights, rankOfInput: rank),
            let channels = axes.weights.keys.compactMap({ role in weights[role].map { $0.source.shape[axes.weights[role] ?? 0] } }).first
        else {
            return ChannelSlices(operation: node.operation, axis: nil, parts: [ChannelSlice(channels: 0..<1, weights: weights)])
        }
        let most = max(limit / max(count / max(channels, 1), 1), 1)
        // Whole panels of the fast engine, which then computes what it would compute of the whole; and parts of about one size.
        let unit = most > Self.panel ? Self.panel : 1
        let units = (channels + unit - 1) / unit
        let partCount = max((units + most / unit - 1) / (most / unit), 1)
        let step = max((units + partCount - 1) / partCount, 1) * unit
        let parts = stride(from: 0, to: channels, by: step).map { first in
            let range = first..<min(first + step, channels)
            let parts = weights.map { role, weight in
                (role, axes.weights[role].map { Weight(weight.source.sliced(axis: $0, range), layout: weight.layout) } ?? weight)
            }
            return ChannelSlice(channels: range, weights: Dictionary(parts) { first, _ in first })
        }
        return ChannelSlices(operation: node.operation, axis: axes.output, parts: parts)
    }

    private static let panel = 64
}

extension Operator {
    /// The axis of the output, and of each weight, that counts channels which do not depend on each other.
    fileprivate func channelAxes(_ weights: [String: Weight], rankOfInput rank: Int) -> (output: Int, weights: [String: Int])? {
        var axes = ["bias": 0]
        axes["kernel"] = weights["kernel"]?.layout.axis("o")
        switch self {
        case .convolution(let operation) where operation.groups == 1: return (operation.layout.channelAxis, axes)
        case .transposedConvolution(let operation) where operation.groups == 1: return (operation.layout.channelAxis, axes)
        case .dense: return (rank - 1, axes)
        case .locallyConnected(let operation):
            return (operation.layout.channelAxis, ["kernel": 2, "bias": operation.layout.spatialRank])
        case .embedding: return (rank, ["table": 1])
        default: return nil
        }
    }
}
