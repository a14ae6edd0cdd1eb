/// The meaning of the axes of an activation: N batch, D depth, H height, W width, C channels.
///
/// A layout is declared by the operator that reads the activation; it is never inferred from a shape.
public enum DataLayout: String, Sendable, Hashable, CaseIterable {
    case nc, nwc, ncw, nhwc, nchw, ndhwc, ncdhw

    /// The number of axes.
    public var rank: Int { rawValue.utf8.count }

    /// Whether channels are the last axis.
    public var isChannelsLast: Bool { rawValue.utf8.last == UInt8(ascii: "c") }

    /// The axis of channels.
    public var channelAxis: Int { isChannelsLast ? rank - 1 : 1 }

    /// The axes that windows slide along, outermost first.
    public var spatialAxes: Range<Int> { isChannelsLast ? 1..<rank - 1 : 2..<rank }

    /// The number of axes that windows slide along.
    public var spatialRank: Int { rank - 2 }

    /// The layout with channels last and this many spatial axes, 0 to 3.
    package static func channelsLast(spatialRank: Int) -> DataLayout? {
        let layouts: [DataLayout] = [.nc, .nwc, .nhwc, .ndhwc]
        return layouts.indices.contains(spatialRank) ? layouts[spatialRank] : nil
    }

    /// The layout with channels after the batch and this many spatial axes, 0 to 3.
    package static func channelsFirst(spatialRank: Int) -> DataLayout? {
        let layouts: [DataLayout] = [.nc, .ncw, .nchw, .ncdhw]
        return layouts.indices.contains(spatialRank) ? layouts[spatialRank] : nil
    }

    /// The layout of the same rank with channels last.
    package var channelsLast: DataLayout {
        switch self {
        case .nc: .nc
        case .nwc, .ncw: .nwc
        case .nhwc, .nchw: .nhwc
        case .ndhwc, .ncdhw: .ndhwc
        }
    }

    /// The layout of the same rank with channels after the batch.
    package var channelsFirst: DataLayout {
        switch self {
        case .nc: .nc
        case .nwc, .ncw: .ncw
        case .nhwc, .nchw: .nchw
        case .ndhwc, .ncdhw: .ncdhw
        }
    }

    /// For each axis of `target`, the axis of this layout that it comes from; `nil` where the ranks differ.
    package func permutation(to target: DataLayout) -> [Int]? {
        let axes = Array(rawValue.utf8)
        let permutation = target.rawValue.utf8.compactMap { axes.firstIndex(of: $0) }
        return permutation.count == rank && target.rank == rank ? permutation : nil
    }
}
