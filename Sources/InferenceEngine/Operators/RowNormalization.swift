import CKernels
import ModelCore
import ModelGraph

/// Normalisation of rows that are neighbours in memory.
struct RowNormalizationStep: Step {
    private let kind: RowNormalizationKind
    private let axes: Int
    private let epsilon: Float
    private let gamma: LoadedWeight?
    private let beta: LoadedWeight?

    /// `nil` for other axes than the last.
    init?(_ definition: RowNormalization, _ request: StepRequest) {
        let rank = request.rankOfInput
        guard definition.axes == Array(rank - definition.axes.count..<rank) else { return nil }
        kind = definition.kind
        axes = definition.axes.count
        epsilon = Float(definition.epsilon)
        gamma = request.weights["gamma"]
        beta = request.weights["beta"]
    }

    func run(_ inputs: inout [Value], shape: [Int], _ context: RunContext) throws(ModelError) -> Value {
        let output = try context.makeOver(&inputs)
        let (source, target, kernels) = (inputs[0].floats, output.floats, context.kernels)
        let length = shape.suffix(axes).reduce(1, *)
        context.team.split(output.count / length, cost: 4 * length) { rows in
            for row in rows {
                let (x, y) = (source + row * length, target + row * length)
                let centre = kind == .standard ? kernels.sum(length, x) / Float(length) : 0
                let squares = kernels.squares(length, x, centre)
                let divisor =
                    switch kind {
                    case .standard, .rootMeanSquare: (squares / Float(length) + epsilon).squareRoot()
                    case .unit: squares.squareRoot() <= epsilon ? epsilon : squares.squareRoot()
                    }
                kernels.normalize_run(length, x, centre, 1, 0, y)
                kernels.divide_by(length, y, divisor, y)
                if let gamma { kernels.multiply_elements(length, y, gamma.floats.base, y) }
                if let beta { kernels.add(length, y, beta.floats.base, y) }
            }
        }
        return output
    }
}
