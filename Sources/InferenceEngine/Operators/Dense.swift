import ModelCore
import ModelGraph

/// A matrix product over the last axis.
struct DenseStep: Step {
    private let matrix: PackedMatrix

    init?(_ request: StepRequest) throws(ModelError) {
        guard let kernel = request.weights["kernel"], let shape = try? KernelShape(request.weightShapes, spatialRank: 0) else { return nil }
        let isOutputFirst = kernel.layout == .oi
        guard isOutputFirst || kernel.layout == .io else { return nil }
        try request.checkPackedSize(depth: shape.inputChannels, columns: shape.outputChannels, count: 1)
        matrix = try PackedMatrix(
            depth: shape.inputChannels, columns: shape.outputChannels, source: kernel.floats.base,
            rowStride: isOutputFirst ? 1 : shape.outputChannels,
            columnStride: isOutputFirst ? shape.inputChannels : 1, bias: request.weights["bias"].map { UnsafePointer($0.floats.base) },
            kernels: request.kernels, memory: request.memory)
    }

    func run(_ inputs: inout [Value], shape: [Int], _ context: RunContext) throws(ModelError) -> Value {
        let output = try context.make(shape)
        let rows = StoredRows(floats: inputs[0].floats, stride: matrix.depth, groupStride: 0)
        try MatrixProduct(rowCount: inputs[0].count / matrix.depth, left: rows, matrices: [matrix], result: output.floats).run(context)
        return output
    }
}
