import ByteIO
import ModelCore
import ModelGraph

extension KerasLowering {
    /// Windows that are all of one size and equally far from one another are a pooling of every version; others are reduced one by one. (Keras has
    /// layers for it since 3.13.)
    func adaptivePooling(_ operation: AdaptivePooling) throws(KerasObstacle) -> [KerasPiece] {
        guard operation.kind != .l2 else { throw KerasObstacle("is an L2 pooling, which Keras does not have") }
        var list = KerasPieceList()
        var value = KerasPiece.Operand.input(0)
        var shape = inputs[0]
        if operation.outputSize.allSatisfy({ $0 == 1 }) {
            let layer = GlobalPooling(kind: operation.kind, layout: operation.layout, keepsAxes: true)
            return try globalPooling(layer)
        }
        var regular = operation.outputSize.map { _ in KerasWindows(size: 1, stride: 1) }
        for (position, axis) in operation.layout.spatialAxes.enumerated() {
            guard let size = inputs[0][axis] else { return try averagedOverOpenAxes(operation) }
            let windows = (0..<operation.outputSize[position]).map { AdaptivePooling.window($0, of: size, count: operation.outputSize[position]) }
            if let found = KerasWindows(windows, of: size) {
                regular[position] = found
            } else {
                try requireOperations(KerasObstacle("is an adaptive pooling with windows of several sizes, which not every version of Keras has"))
                value = try reduced(value, &shape, axis, windows, operation.kind, operation.layout, &list)
            }
        }
        if list.pieces.isEmpty || regular.contains(where: { $0 != KerasWindows(size: 1, stride: 1) }) {
            let pooling = Pooling(
                kind: operation.kind, layout: operation.layout, window: regular.map(\.size), strides: regular.map(\.stride), padding: .valid)
            _ = list.add(Self.poolingLayer(pooling, "valid"), of: value)
        }
        return list.pieces
    }

    /// Reduces parts of an axis to one element each. Neighbours of one size are reduced by one layer.
    func reduced(
        _ value: KerasPiece.Operand, _ shape: inout Shape, _ axis: Int, _ windows: [Range<Int>], _ kind: PoolingKind, _ layout: DataLayout,
        _ list: inout KerasPieceList
    ) throws(KerasObstacle) -> KerasPiece.Operand {
        let runs = KerasWindows.runs(windows)
        guard runs.count <= Self.mostRuns else { throw KerasObstacle("has \(windows.count) windows of several sizes along an axis") }
        let position = axis - layout.spatialAxes.lowerBound
        var members: [KerasPiece.Operand] = []
        for (number, run) in runs.enumerated() {
            var part = shape
            part[axis] = run.range.count
            let key = KerasSlice.key(KerasSlice.slice(run.range.lowerBound, run.range.upperBound), axis: axis, rank: shape.rank)
            let name = "\(axis)_\(number)"
            let slice =
                run.range.count == shape[axis] ? value : list.operation(.getItem, of: value, key, part: "part_\(name)", shape: part)
            part[axis] = run.count
            if run.count == 1 {
                let config: JSONObject = ["axis": .integers([axis]), "keepdims": .bool(true)]
                members.append(list.operation(kind == .maximum ? .max : .mean, config, of: slice, part: "window_\(name)", shape: part))
            } else {
                let ones = [Int](repeating: 1, count: layout.spatialRank)
                var pooling = Pooling(kind: kind, layout: layout, window: ones, strides: ones, padding: .valid)
                (pooling.window[position], pooling.strides[position]) = (run.windows.size, run.windows.stride)
                var piece = Self.poolingLayer(pooling, "valid")
                (piece.part, piece.shape) = ("windows_\(name)", part)
                members.append(list.add(piece, of: slice))
            }
        }
        shape[axis] = windows.count
        if members.count == 1 { return members[0] }
        return list.layer("Concatenate", ["axis": .integer(axis)], of: .list(members), part: "joined_\(axis)", shape: shape)
    }

    private static let mostRuns = 256
}

/// Windows of one size, equally far from one another.
struct KerasWindows: Equatable {
    let size: Int
    let stride: Int

    init(size: Int, stride: Int) { (self.size, self.stride) = (size, stride) }

    /// Fails unless these are all windows that fit an axis of this length.
    init?(_ windows: [Range<Int>], of length: Int) {
        let runs = Self.runs(windows)
        guard runs.count == 1, let run = runs.first, run.range.lowerBound == 0, length >= run.windows.size,
            (length - run.windows.size) / run.windows.stride + 1 == run.count
        else { return nil }
        self = run.windows
    }

    /// The windows, put together as far as neighbours are of one size and equally far from one another.
    static func runs(_ windows: [Range<Int>]) -> [(windows: KerasWindows, count: Int, range: Range<Int>)] {
        var runs: [(windows: KerasWindows, count: Int, range: Range<Int>)] = []
        for window in windows {
            if let last = runs.last, last.windows.size == window.count {
                let stride = window.lowerBound - (last.range.upperBound - last.windows.size)
                if stride >= 1, last.count == 1 || stride == last.windows.stride {
                    let joined = (KerasWindows(size: window.count, stride: stride), last.count + 1, last.range.lowerBound..<window.upperBound)
                    runs[runs.count - 1] = joined
                    continue
                }
            }
            runs.append((KerasWindows(size: window.count, stride: window.count), 1, window))
        }
        return runs
    }
}
