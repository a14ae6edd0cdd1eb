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

    func rescaling(_ operation: Rescaling) -> [KerasPiece] {
        let value = { (numbers: [Double]) -> JSONValue in numbers.count == 1 ? .number(numbers[0]) : .numbers(numbers) }
        return [KerasPiece(className: "Rescaling", config: ["scale": value(operation.scale), "offset": value(operation.offset)])]
    }

    /// Add, Subtract, Multiply, Average, Maximum or Minimum.
    func merge(_ operation: Merge) throws(KerasObstacle) -> [KerasPiece] {
        if inputs.count == 1 { return [.nothing] }
        let className: String
        switch operation.kind {
        case .add: className = "Add"
        case .subtract: className = "Subtract"
        case .multiply: className = "Multiply"
        case .average: className = "Average"
        case .maximum: className = "Maximum"
        case .minimum: className = "Minimum"
        case .divide: throw KerasObstacle("divides one input by another, for which Keras has no layer")
        }
        guard Set(inputs.map(\.rank)).count == 1 || inputs.count == unit.core.inputs.count && unit.inputs != unit.core.inputs else {
            throw KerasObstacle("merges inputs of different rank, which Keras aligns at the first axis and not at the last")
        }
        return [KerasPiece(className: className)]
    }

    func concatenate(_ operation: Concatenate) throws(KerasObstacle) -> [KerasPiece] {
        if inputs.count == 1 { return [.nothing] }
        try requireNotBatch(operation.axis)
        return [KerasPiece(className: "Concatenate", config: ["axis": .integer(operation.axis)])]
    }
}
