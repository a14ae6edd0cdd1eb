import ByteIO
import ModelCore
import ModelGraph

/// How many elements an axis has.
enum KerasLength {
    case known(Int)
    /// So many times a size that is known when the network runs.
    case open(SizeReference, times: Int)
}

/// The places along an axis and how many there are, as values of the model.
///
/// Keras 3 has no sizes in its graph, but sums of ones: along an axis of n elements they are 1 to n.
struct KerasOpenAxis {
    let count: KerasFormula.Value
    /// 1 to n, along one axis.
    let ends: KerasFormula.Value
    private let known: (size: Int, axis: Int, rank: Int)?

    /// - Parameters:
    ///   - axis: the axis that the places run along, in a value of as many axes as `rank`; the others have size 1.
    ///   - inputs: what the operator reads.
    init(_ length: KerasLength, axis: Int, rank: Int, inputs: [Shape], _ formula: inout KerasFormula) {
        switch length {
        case .known(let size):
            count = .number(Double(size))
            known = (size, axis, rank)
            ends = KerasFormula.array((0..<size).map { Double($0 + 1) }, axis: axis, rank: rank)
        case .open(let source, let times):
            let input = KerasFormula.Value(operand: .input(source.input), shape: inputs[source.input])
            let others = (1..<input.shape.rank).filter { $0 != source.axis }
            // Which number it is does not matter: it becomes 1.
            var line = others.isEmpty ? input : formula.reduced(.max, input, axes: others, keepsAxes: false)
            line = formula(.onesLike, line)
            if times > 1 { line = formula.reshaped(formula.repeated(formula.reshaped(line, [nil, 1]), times: times), [nil]) }
            let numbers = formula(.cumsum, line, ["axis": .integer(1)])
            let ones = [Int?](repeating: 1, count: rank - 1)
            count = formula.reshaped(formula.reduced(.max, numbers, axes: [1], keepsAxes: true), ones)
            var sizes = ones
            sizes[axis - 1] = nil
            known = nil
            ends = formula.reshaped(numbers, sizes)
        }
    }

    /// 0 to n - 1, and a part of an element after each.
    func starts(and part: Double = 0, _ formula: inout KerasFormula) -> KerasFormula.Value {
        guard let known else { return formula(.subtract, ends, .number(1 - part)) }
        return KerasFormula.array((0..<known.size).map { Double($0) + part }, axis: known.axis, rank: known.rank)
    }
}
