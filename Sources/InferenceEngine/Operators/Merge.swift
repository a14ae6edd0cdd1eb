import CKernels
import ModelCore
import ModelGraph

/// Inputs combined element by element, whole or stretched along some axes.
struct MergeStep: Step {
    let kind: MergeKind
    /// For one input alone.
    let otherwise: ReferenceStep

    func run(_ inputs: inout [Value], shape: [Int], _ context: RunContext) throws(ModelError) -> Value {
        guard inputs.count > 1 else { return try otherwise.run(&inputs, shape: shape, context) }
        let isWhole = inputs.allSatisfy { $0.shape == shape }
        let output = try isWhole ? context.makeOver(&inputs, candidates: 2) : context.make(shape)
        let sources = inputs.map(\.floats)
        let combination = Combination(kind: kind, target: output.floats, kernels: context.kernels)
        if isWhole {
            context.team.split(output.count, cost: inputs.count) { range in
                combination.combine(range, of: sources.map { UnsafePointer($0 + range.lowerBound) })
            }
            return output
        }
        let axes = Self.lineAxes(inputs.map(\.shape), shape)
        let length = shape.suffix(axes).reduce(1, *)
        let lines = inputs.map { StretchedLines(input: $0.shape, output: shape, axes: axes) }
        context.team.split(output.count / length, cost: inputs.count * length) { [lines] range in
            var stretched = lines.map { [Float](repeating: 0, count: $0.isOneElement ? length : 0) }
            var starts = sources.map { UnsafePointer($0.base) }
            for row in range {
                for index in lines.indices {
                    starts[index] = UnsafePointer(sources[index] + lines[index].rows.start(row))
                    guard lines[index].isOneElement else { continue }
                    let element = starts[index].pointee
                    for position in stretched[index].indices { stretched[index][position] = element }
                }
                combination.combine(row * length..<(row + 1) * length, of: starts, stretched)
            }
        }
        return output
    }

    /// How many of the last axes make a line of which each input has all elements or, along one axis alone, one.
    private static func lineAxes(_ inputs: [[Int]], _ output: [Int]) -> Int {
        var axes = 0
        var length = 1
        for axis in output.indices.reversed() {
            let fromEnd = output.count - axis
            guard length < shortLine, inputs.allSatisfy({ $0.count >= fromEnd && $0[$0.count - fromEnd] == output[axis] }) else { break }
            axes += 1
            length *= output[axis]
        }
        return max(axes, min(output.count, 1))
    }

    private static let shortLine = 256
}

/// Inputs on their way to becoming one.
private struct Combination: Sendable {
    let kind: MergeKind
    let target: Floats
    let kernels: Kernels

    /// Fills a range of the output from as many elements of each input: from its line in `stretched` where that is not empty.
    func combine(_ range: Range<Int>, of sources: [UnsafePointer<Float>], _ stretched: [[Float]] = []) {
        let result = target + range.lowerBound
        func operand(_ index: Int, _ body: (UnsafePointer<Float>) -> Void) {
            guard stretched.indices.contains(index), !stretched[index].isEmpty else { return body(sources[index]) }
            stretched[index].withUnsafeBufferPointer { if let base = $0.baseAddress { body(base) } }
        }
        operand(0) { first in
            operand(1) { second in apply(range.count, first, second, result) }
        }
        for index in sources.indices.dropFirst(2) {
            operand(index) { next in apply(range.count, result, next, result) }
        }
        if kind == .average { kernels.divide_by(range.count, result, Float(sources.count), result) }
    }

    private func apply(_ count: Int, _ left: UnsafePointer<Float>, _ right: UnsafePointer<Float>, _ result: UnsafeMutablePointer<Float>) {
        switch kind {
        case .add, .average: kernels.add(count, left, right, result)
        case .subtract: kernels.subtract(count, left, right, result)
        case .multiply: kernels.multiply_elements(count, left, right, result)
        case .divide: kernels.divide(count, left, right, result)
        case .maximum: kernels.maximum(count, left, right, result)
        case .minimum: kernels.minimum(count, left, right, result)
        }
    }
}

/// Where an input that is stretched has the line that belongs to a line of the output.
private struct StretchedLines: Sendable {
    let rows: SteppedRows
    /// Whether a line of the output has one element of this input.
    let isOneElement: Bool

    /// - Parameter axes: how many of the last axes are a line.
    init(input: [Int], output: [Int], axes: Int) {
        let missing = output.count - input.count
        let strides = RowMajor.strides(input)
        let steps = output.indices.map { $0 < missing || input[$0 - missing] == 1 ? 0 : strides[$0 - missing] }
        rows = SteppedRows(sizes: output.dropLast(axes), steps: steps.dropLast(axes))
        isOneElement = input.suffix(axes).reduce(1, *) != output.suffix(axes).reduce(1, *)
    }
}
