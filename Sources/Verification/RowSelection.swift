import ModelCore
import ModelGraph

extension Operator {
    /// The operator for an array of rows along the last axis, where each row of the output depends on that row of the inputs alone; `nil` where not.
    /// - Parameter rank: that of the inputs.
    func onRows(rank: Int) -> Operator? {
        guard rank >= 1 else { return nil }
        switch self {
        case .activation, .identity, .merge: return self
        case .softmax(var softmax) where softmax.axes == [rank - 1]:
            softmax.axes = [1]
            return softmax.erased
        case .batchNormalization(var normalization) where normalization.axis == rank - 1:
            normalization.axis = 1
            return normalization.erased
        case .rescaling(let rescaling) where rescaling.scale.count == 1 && rescaling.offset.count == 1: return self
        default: return nil
        }
    }
}

/// The rows in which the elements lie that are looked at, for an operator that takes each row by itself: nothing else needs to be computed with.
struct RowSelection: Sendable {
    let operation: Operator
    private let channels: Int
    private let rows: [Int]
    private let places: [Int: Int]

    /// - Parameters:
    ///   - inputs: the shapes of what the node reads.
    ///   - positions: of elements of the output.
    /// - Returns: `nil` for operators that see more than a row, and where nearly all rows are wanted.
    init?(_ operation: Operator, inputs: [[Int]], positions: [Int]) {
        guard let shape = inputs.first, let channels = shape.last, inputs.allSatisfy({ $0 == shape }),
            let onRows = operation.onRows(rank: shape.count)
        else { return nil }
        let rows = Set(positions.map { $0 / max(channels, 1) }).sorted()
        guard 2 * rows.count * channels < shape.reduce(1, *) else { return nil }
        self.operation = onRows
        self.channels = channels
        self.rows = rows
        places = Dictionary(uniqueKeysWithValues: rows.enumerated().map { ($1, $0) })
    }

    var shape: [Int] { [rows.count, channels] }
    var count: Int { rows.count * channels }

    /// Where an element of the output is among the rows.
    func place(of position: Int) -> Int { (places[position / channels] ?? 0) * channels + position % channels }

    /// Where an element of the rows is in the whole.
    func position(of place: Int) -> Int { rows[place / channels] * channels + place % channels }

    func gather(_ tensor: Tensor<Float>) -> Tensor<Float> {
        var scalars: [Float] = []
        scalars.reserveCapacity(rows.count * channels)
        for row in rows { scalars += tensor.scalars[row * channels..<(row + 1) * channels] }
        return Tensor(shape: shape, scalars: scalars) ?? tensor
    }
}
