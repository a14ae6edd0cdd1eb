import ModelCore

/// Pictures of an activation: which elements are drawn, chosen so that what differs is seen.
struct ActivationPlanes {
    struct Plane {
        /// The channel, where the plane is one.
        let channel: Int?
        /// Row-major positions in the activation, row by row.
        let positions: [Int]
    }

    /// The sample that is drawn, and the place along the depth, where there is one.
    let sample: Int
    let depth: Int?
    let width: Int
    let height: Int
    let planes: [Plane]

    static let planeCount = 6
    private static let largestSide = 112
    private static let longestStrip = 448

    /// `nil` where the shapes differ or hold nothing.
    init?(of layer: DifferingLayer) {
        let shape = layer.ours.shape
        guard shape == layer.theirs.shape, !layer.ours.scalars.isEmpty else { return nil }
        let distances = zip(layer.ours.scalars, layer.theirs.scalars).map(Self.distance)
        let worst = distances.indices.max { distances[$0] < distances[$1] } ?? 0
        let strides = RowMajor.strides(shape)
        sample = shape.isEmpty ? 0 : worst / strides[0]
        let layout = layer.layout.flatMap { $0.rank == shape.count ? $0 : nil }
        var axes: (rows: Int, columns: Int, channels: Int?)?
        switch layout?.spatialRank {
        case 1: axes = layout.map { ($0.channelAxis, $0.spatialAxes.lowerBound, nil) }
        case 2, 3: axes = layout.map { ($0.spatialAxes.upperBound - 2, $0.spatialAxes.upperBound - 1, $0.channelAxis) }
        default: axes = nil
        }
        guard let axes, let layout else {
            let count = shape.isEmpty ? 1 : strides[0]
            let start = sample * count
            depth = nil
            (width, height) = (min(count, Self.longestStrip), 1)
            planes = [Plane(channel: nil, positions: Self.reduced(1, count, to: 1, width, distances) { _, column in start + column })]
            return
        }
        var base = sample * strides[0]
        if layout.spatialRank == 3 {
            let axis = layout.spatialAxes.lowerBound
            let place = worst / strides[axis] % shape[axis]
            depth = place
            base += place * strides[axis]
        } else {
            depth = nil
        }
        let size = (rows: shape[axes.rows], columns: shape[axes.columns])
        let shown = (rows: min(size.rows, Self.largestSide), columns: min(size.columns, Self.largestSide))
        (width, height) = (shown.columns, shown.rows)
        func plane(_ channel: Int?) -> Plane {
            let start = base + (channel ?? 0) * (axes.channels.map { strides[$0] } ?? 0)
            return Plane(
                channel: channel,
                positions: Self.reduced(size.rows, size.columns, to: shown.rows, shown.columns, distances) {
                    start + $0 * strides[axes.rows] + $1 * strides[axes.columns]
                })
        }
        guard let channels = axes.channels else {
            planes = [plane(nil)]
            return
        }
        let all = (0..<shape[channels]).map { channel in
            (channel: channel, distance: plane(channel).positions.map { distances[$0] }.max() ?? 0)
        }
        // Those that differ most, in their order.
        let chosen = all.sorted { ($1.distance, $0.channel) < ($0.distance, $1.channel) }.prefix(Self.planeCount).map(\.channel).sorted()
        planes = chosen.map { plane($0) }
    }

    /// One position for each cell of a smaller grid: that of the largest distance among those that fall into it.
    private static func reduced(
        _ rows: Int, _ columns: Int, to fewRows: Int, _ fewColumns: Int, _ distances: [Float], position: (Int, Int) -> Int
    ) -> [Int] {
        (0..<fewRows).flatMap { row in
            (0..<fewColumns).map { column in
                var best = position(row * rows / fewRows, column * columns / fewColumns)
                for y in row * rows / fewRows..<(row + 1) * rows / fewRows {
                    for x in column * columns / fewColumns..<(column + 1) * columns / fewColumns {
                        let candidate = position(y, x)
                        if distances[candidate] > distances[best] { best = candidate }
                    }
                }
                return best
            }
        }
    }

    private static func distance(_ ours: Float, _ theirs: Float) -> Float {
        if ours == theirs || ours.isNaN && theirs.isNaN { return 0 }
        let distance = abs(ours - theirs)
        return distance.isNaN ? .infinity : distance
    }
}
