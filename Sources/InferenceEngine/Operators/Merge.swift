import CKernels
import ModelCore
import ModelGraph

/// Inputs combined element by element, whole or stretched along any axes but the last.
struct MergeStep: Step {
    let kind: MergeKind
    /// For inputs that are stretched along the last axis, and for one alone.
    let otherwise: ReferenceStep

    func run(_ inputs: inout [Value], shape: [Int], _ context: RunContext) throws(ModelError) -> Value {
        guard inputs.count > 1, let length = shape.last, inputs.allSatisfy({ $0.shape.last == length }) else {
            return try otherwise.run(&inputs, shape: shape, context)
        }
        let isWhole = inputs.allSatisfy { $0.shape == shape }
        let output = try isWhole ? context.makeOver(&inputs, candidates: 2) : context.make(shape)
        let combination = Combination(kind: kind, sources: inputs.map(\.floats), target: output.floats, kernels: context.kernels)
        if isWhole {
            context.team.split(output.count, cost: inputs.count) { range in
                combination.combine(range, starts: { _ in range.lowerBound })
            }
        } else {
            let rows = inputs.map { StretchedRows(input: $0.shape, output: shape) }
            context.team.split(output.count / length, cost: inputs.count * length) { range in
                for row in range { combination.combine(row * length..<(row + 1) * length, starts: { rows[$0].start(row) }) }
            }
        }
        return output
    }
}

/// Inputs on their way to becoming one.
private struct Combination: Sendable {
    let kind: MergeKind
    let sources: [Floats]
    let target: Floats
    let kernels: Kernels

    /// Fills a range of the output from as many elements of each input, from where `starts` says.
    func combine(_ range: Range<Int>, starts: (Int) -> Int) {
        let result = target + range.lowerBound
        var left = sources[0] + starts(0)
        for index in sources.indices.dropFirst() {
            let right = sources[index] + starts(index)
            switch kind {
            case .add, .average: kernels.add(range.count, left, right, result)
            case .subtract: kernels.subtract(range.count, left, right, result)
            case .multiply: kernels.multiply_elements(range.count, left, right, result)
            case .divide: kernels.divide(range.count, left, right, result)
            case .maximum: kernels.maximum(range.count, left, right, result)
            case .minimum: kernels.minimum(range.count, left, right, result)
            }
            left = result
        }
        if kind == .average { kernels.divide_by(range.count, result, Float(sources.count), result) }
    }
}

/// Where an input that is stretched has the row of the last axis that belongs to a row of the output.
private struct StretchedRows: Sendable {
    private let sizes: [Int]
    private let steps: [Int]

    init(input: [Int], output: [Int]) {
        sizes = output.dropLast()
        let missing = output.count - input.count
        let strides = RowMajor.strides(input)
        steps = sizes.indices.map { $0 < missing || input[$0 - missing] == 1 ? 0 : strides[$0 - missing] }
    }

    func start(_ row: Int) -> Int {
        var rest = row
        var position = 0
        for axis in sizes.indices.reversed() {
            let (quotient, index) = rest.quotientAndRemainder(dividingBy: sizes[axis])
            position += index * steps[axis]
            rest = quotient
        }
        return position
    }
}
