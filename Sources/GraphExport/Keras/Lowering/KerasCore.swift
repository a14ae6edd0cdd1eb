import ByteIO
import ModelCore
import ModelGraph

extension KerasLowering {
    func dense() throws(KerasObstacle) -> [KerasPiece] {
        guard let kernel = try variable("kernel", of: unit.core, as: "kernel", layout: .io) else { return [] }
        let bias = try variable("bias", of: unit.core, as: "bias")
        return [
            KerasPiece(
                className: "Dense",
                config: [
                    "units": .integer(kernel.source.shape[1]), "use_bias": .bool(bias != nil), "activation": .string(try activationName()),
                ], variables: [kernel, bias].compactMap(\.self))
        ]
    }

    func embedding() throws(KerasObstacle) -> [KerasPiece] {
        guard let table = try variable("table", of: unit.core, as: "embeddings") else { return [] }
        return [
            KerasPiece(
                className: "Embedding",
                config: ["input_dim": .integer(table.source.shape[0]), "output_dim": .integer(table.source.shape[1])], variables: [table])
        ]
    }

    /// Rescaling keeps its constants as numbers of Python or lists of them.
    func rescaling(_ operation: Rescaling) -> [KerasPiece] {
        let value = { (numbers: [Double]) -> JSONValue in numbers.count == 1 ? .number(numbers[0]) : .numbers(numbers) }
        return [KerasPiece(className: "Rescaling", config: ["scale": value(operation.scale), "offset": value(operation.offset)])]
    }

    /// Add, Subtract, Multiply, Average, Maximum or Minimum; LayerScale for a product with a number for each channel; operations for constants and
    /// for inputs of several ranks.
    func merge(_ operation: Merge) throws(KerasObstacle) -> [KerasPiece] {
        if inputs.count == 1, operation.kind != .subtract, operation.kind != .divide { return [.nothing] }
        if let scale = try layerScale(operation) { return [scale] }
        let isAligned = Set(inputs.map(\.rank)).count == 1 || inputs.count == unit.core.inputs.count && unit.inputs != unit.core.inputs
        if let className = Self.mergeLayers[operation.kind], isAligned, constants.isEmpty { return [KerasPiece(className: className)] }
        try requireOperations(
            KerasObstacle(
                operation.kind == .divide
                    ? "divides one input by another, for which Keras has no layer"
                    : "merges inputs of different rank, which Keras aligns at the first axis and not at the last"))
        guard constants.count < inputs.count else { throw KerasObstacle("merges constants alone, which Keras does not have") }
        var list = KerasPieceList()
        let kind = Self.mergeOperations[operation.kind] ?? .add
        var result = operands[0]
        for operand in operands.dropFirst() { result = list.operation(kind, of: result, operand) }
        if operation.kind == .average { result = list.operation(.divide, of: result, .constant(.number(Double(inputs.count))), part: "mean") }
        return list.pieces
    }

    private static let mergeLayers: [MergeKind: String] = [
        .add: "Add", .subtract: "Subtract", .multiply: "Multiply", .average: "Average", .maximum: "Maximum", .minimum: "Minimum",
    ]
    private static let mergeOperations: [MergeKind: KerasOperationClass] = [
        .add: .add, .subtract: .subtract, .multiply: .multiply, .divide: .divide, .average: .add, .maximum: .maximum, .minimum: .minimum,
    ]

    /// A product with one constant for each element of the last axis: the layer of Keras' ConvNeXt, which keeps them as a variable.
    private func layerScale(_ operation: Merge) throws(KerasObstacle) -> KerasPiece? {
        guard target == .keras3, operation.kind == .multiply, inputs.count == 2, constants.count == 1, let position = constants.keys.first,
            inputs[1 - position] == output, let size = output.sizes.last ?? nil, inputs[position].sizes.last == size,
            inputs[position].sizes.dropLast().allSatisfy({ $0 == 1 }), let scale = constants[position]
        else { return nil }
        let gamma = KerasDraftVariable(name: "gamma", weight: scale.name, source: scale.source.reshaped([size]), isTrainable: true)
        var piece = KerasPiece(
            className: "LayerScale", module: "keras.src.applications.convnext",
            config: ["init_values": .number(1e-6), "projection_dim": .integer(size)], variables: [gamma])
        piece.operands = [.input(1 - position)]
        return piece
    }

    /// A product of two values; what is transposed is so before it.
    func matMul(_ operation: MatMul) throws(KerasObstacle) -> [KerasPiece] {
        try requireOperations(KerasObstacle("multiplies matrices that both depend on an input, for which Keras has no layer"))
        var list = KerasPieceList()
        func side(_ position: Int, isTransposed: Bool, part: String) -> KerasPiece.Operand {
            guard isTransposed else { return .input(position) }
            let rank = inputs[position].rank
            var axes = Array(0..<rank)
            axes.swapAt(rank - 2, rank - 1)
            let turned = Shape(axes.map { inputs[position][$0] })
            return list.layer("Permute", ["dims": .integers(Array(axes.dropFirst()))], of: .input(position), part: part, shape: turned)
        }
        let left = side(0, isTransposed: operation.transposesLeft, part: "left")
        let right = side(1, isTransposed: operation.transposesRight, part: "right")
        _ = list.operation(.matmul, of: left, right)
        return list.pieces
    }

    func concatenate(_ operation: Concatenate) throws(KerasObstacle) -> [KerasPiece] {
        if inputs.count == 1 { return [.nothing] }
        try requireNotBatch(operation.axis)
        return [KerasPiece(className: "Concatenate", config: ["axis": .integer(operation.axis)])]
    }
}
