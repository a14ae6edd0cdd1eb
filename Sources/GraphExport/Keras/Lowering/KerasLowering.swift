import ByteIO
import ModelCore
import ModelGraph

extension KerasLowering {
    /// The layers and operations that compute the unit, one after the other, each as Keras takes it.
    /// - Throws: what stands in the way.
    func checkedPieces() throws(KerasObstacle) -> [KerasPiece] {
        if !constants.isEmpty {
            guard case .merge = unit.core.operation else { throw KerasObstacle("reads an array of constants, which only arithmetic takes in Keras") }
        }
        let pieces = try pieces()
        for piece in pieces { try KerasDemands.check(piece) }
        return pieces
    }

    private func pieces() throws(KerasObstacle) -> [KerasPiece] {
        switch unit.core.operation {
        case .activation, .softmax, .gatedLinearUnit: try activation(unit.core.operation)
        case .batchNormalization(let operation): try batchNormalization(operation)
        case .constant: []
        case .concatenate(let operation): try concatenate(operation)
        case .convolution(let operation): try convolution(operation)
        case .crop(let operation): try crop(operation)
        case .cumulativeSum(let operation): try cumulativeSum(operation)
        case .dense: try dense()
        case .dot(let operation): [KerasPiece(className: "Dot", config: ["axes": .integers(operation.axes)])]
        case .embedding: try embedding()
        case .flatten: [KerasPiece(className: "Flatten")]
        case .flip(let operation): try flip(operation)
        case .foldBatch, .unfoldBatch:
            throw KerasObstacle("treats steps of a sequence as samples, which in Keras only the wrapper TimeDistributed does")
        case .adaptivePooling(let operation): try adaptivePooling(operation)
        case .globalPooling(let operation): try globalPooling(operation)
        case .groupNormalization(let operation): try groupNormalization(operation)
        case .identity: [.nothing]
        case .locallyConnected: throw KerasObstacle("is locally connected, for which Keras 3 has no layer")
        case .matMul(let operation): try matMul(operation)
        case .merge(let operation): try merge(operation)
        case .pad(let operation): try pad(operation)
        case .pooling(let operation): try pooling(operation)
        case .prelu: try prelu()
        case .reduce(let operation): try reduce(operation)
        case .rescaling(let operation): rescaling(operation)
        case .reshape(let operation): [KerasPiece(className: "Reshape", config: ["target_shape": .integers(operation.sizes)])]
        case .resize(let operation): try resize(operation)
        case .rowNormalization(let operation): try rowNormalization(operation)
        case .sized(let operation): try sized(operation)
        case .standardization(let operation): try standardization(operation)
        case .transpose(let operation): try permute(operation)
        case .transposedConvolution(let operation): try transposedConvolution(operation)
        }
    }

    /// A layer of which Keras 1, 2 and 3 know that it does nothing.
    func requireNotBatch(_ axis: Int) throws(KerasObstacle) {
        if axis == 0 { throw KerasObstacle("works along the first axis, which is that of samples in Keras") }
    }
}

extension KerasPiece {
    /// A layer that does nothing, in every version.
    static let nothing = KerasPiece(className: "Activation", config: ["activation": .string("linear")])
}

extension DataLayout {
    /// What Keras calls it.
    var kerasFormat: JSONValue { .string(isChannelsLast ? "channels_last" : "channels_first") }
}
