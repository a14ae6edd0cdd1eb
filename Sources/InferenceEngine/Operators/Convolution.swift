import ModelCore
import ModelGraph

/// A channels-last convolution with a window-first kernel, as one matrix product for each group.
struct ConvolutionStep: Step {
    private let definition: Convolution
    private let windows: [Window]
    /// One for each group: rows in the order of the kernel's window and input channels, a column for each output channel.
    private let matrices: [PackedMatrix]

    /// `nil` for other layouts, for padding that is not zeros, and where padding would meet an infinite weight: it is no term of the sum, while
    /// zero times infinity would be.
    init?(_ definition: Convolution, _ request: StepRequest) throws(ModelError) {
        guard let kernel = WindowFirstKernel(definition, request) else { return nil }
        let shape = kernel.shape
        guard definition.padding == .valid || kernel.isFinite else { return nil }
        let columns = shape.outputChannels / definition.groups
        guard let depth = (shape.window + [shape.inputChannels]).checkedProduct else { return nil }
        try request.checkPackedSize(depth: depth, columns: columns, count: definition.groups)
        var matrices: [PackedMatrix] = []
        for group in 0..<definition.groups {
            matrices.append(
                try PackedMatrix(
                    depth: depth, columns: columns, source: kernel.floats + group * columns, rowStride: shape.outputChannels, columnStride: 1,
                    bias: kernel.bias.map { UnsafePointer($0 + group * columns) }, kernels: request.kernels, memory: request.memory))
        }
        self.definition = definition
        self.windows = definition.windows(shape)
        self.matrices = matrices
    }

    func run(_ inputs: inout [Value], shape: [Int], _ context: RunContext) throws(ModelError) -> Value {
        let input = inputs[0]
        guard let grid = WindowGrid(input: input.shape, output: shape, windows: windows, padding: definition.padding) else {
            throw ModelError(Problem("run.shape", "a convolution of an input of shape \(input.shape) has no windows", kind: .fault))
        }
        let output = try context.make(shape)
        if grid.isPointwise {
            let rows = StoredRows(floats: input.floats, stride: grid.channels, groupStride: grid.channels / definition.groups)
            try MatrixProduct(rowCount: grid.count, left: rows, matrices: matrices, result: output.floats).run(context)
        } else {
            let rows = WindowRows(grid: grid, input: input.floats, groups: definition.groups)
            try MatrixProduct(rowCount: grid.count, left: rows, matrices: matrices, result: output.floats).run(context)
        }
        return output
    }
}

/// The weights of a convolution that the fast loops can compute.
struct WindowFirstKernel {
    let shape: KernelShape
    let floats: Floats
    let bias: Floats?

    /// Whether no weight is infinite or NaN.
    var isFinite: Bool {
        UnsafeBufferPointer(start: floats.base, count: shape.shape.reduce(1, *)).allSatisfy(\.isFinite)
    }

    /// `nil` unless the data has channels last, the kernel its window first, and padding is zeros.
    init?(_ definition: Convolution, _ request: StepRequest) {
        guard definition.layout.isChannelsLast, let kernel = request.weights["kernel"],
            kernel.layout == .windowFirst(spatialRank: definition.layout.spatialRank),
            let shape = try? KernelShape(request.weightShapes, spatialRank: definition.layout.spatialRank)
        else { return nil }
        if case .explicit(_, _, let mode) = definition.padding, mode != .constant { return nil }
        self.shape = shape
        floats = kernel.floats
        bias = request.weights["bias"]?.floats
    }
}
