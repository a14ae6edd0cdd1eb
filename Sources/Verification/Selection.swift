import ModelCore
import ModelGraph
import ReferenceEngine

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

/// The part of a node's inputs in which the elements lie that are looked at, for an operator that takes each element or each row by itself:
/// nothing else needs to be computed with.
struct Selection: Sendable {
    /// The operator for an array of what is selected: each part a row.
    let operation: Operator
    /// The elements of a part: one, or those of a row.
    private let width: Int
    private let parts: [Int]
    private let places: [Int: Int]
    /// The axis along which an element finds its weights.
    private let weightAxis: (size: Int, stride: Int)?

    /// - Parameters:
    ///   - inputs: the shapes of what the node reads.
    ///   - positions: of elements of the output.
    /// - Returns: `nil` for operators that see more than a row, and where nearly all of the inputs is wanted.
    init?(_ operation: Operator, inputs: [[Int]], positions: [Int]) {
        guard let shape = inputs.first, !shape.isEmpty, inputs.allSatisfy({ $0 == shape }) else { return nil }
        switch operation {
        case .batchNormalization(var normalization):
            weightAxis = (shape[normalization.axis], RowMajor.strides(shape)[normalization.axis])
            width = 1
            normalization.axis = 0
            self.operation = normalization.erased
        case .softmax:
            guard let onRows = operation.onRows(rank: shape.count) else { return nil }
            weightAxis = nil
            width = max(shape[shape.count - 1], 1)
            self.operation = onRows
        case .rowNormalization(var normalization) where normalization.axes == [shape.count - 1]:
            weightAxis = nil
            width = max(shape[shape.count - 1], 1)
            normalization.axes = [1]
            self.operation = normalization.erased
        default:
            guard operation.onRows(rank: shape.count) != nil else { return nil }
            weightAxis = nil
            width = 1
            self.operation = operation
        }
        let width = width
        parts = Set(positions.map { $0 / width }).sorted()
        guard 2 * parts.count * width < shape.reduce(1, *) else { return nil }
        places = Dictionary(uniqueKeysWithValues: parts.enumerated().map { ($1, $0) })
    }

    var shape: [Int] { [parts.count, width] }
    var count: Int { parts.count * width }

    /// Where an element of the output is in the selection.
    func place(of position: Int) -> Int { (places[position / width] ?? 0) * width + position % width }

    /// Where an element of the selection is in the whole.
    func position(of place: Int) -> Int { parts[place / width] * width + place % width }

    func gather(_ tensor: Tensor<Float>) -> Tensor<Float> {
        var scalars: [Float] = []
        scalars.reserveCapacity(count)
        for part in parts { scalars += tensor.scalars[part * width..<(part + 1) * width] }
        return Tensor(shape: shape, scalars: scalars) ?? tensor
    }

    /// The weights for each part.
    func gather(_ weights: [String: ReferenceWeight]) -> [String: ReferenceWeight] {
        guard let axis = weightAxis else { return weights }
        return weights.mapValues { weight in
            let scalars = parts.map { weight.values.scalars[$0 / axis.stride % axis.size] }
            return Tensor(shape: [parts.count], scalars: scalars).map { ReferenceWeight(values: $0, layout: weight.layout) } ?? weight
        }
    }
}
