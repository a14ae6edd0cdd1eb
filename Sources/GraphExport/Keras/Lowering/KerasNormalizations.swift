import ByteIO
import ModelCore
import ModelGraph

extension KerasLowering {
    func batchNormalization(_ operation: BatchNormalization) throws(KerasObstacle) -> [KerasPiece] {
        try requireNotBatch(operation.axis)
        let (scaling, variables) = try scaleAndCenter()
        let mean = try variable("mean", of: unit.core, as: "moving_mean", isTrainable: false)
        let variance = try variable("variance", of: unit.core, as: "moving_variance", isTrainable: false)
        var config: JSONObject = ["axis": .integer(operation.axis), "epsilon": .number(operation.epsilon)]
        for (key, value) in scaling { config[key] = value }
        return [
            KerasPiece(className: "BatchNormalization", config: config, variables: variables + [mean, variance].compactMap(\.self))
        ]
    }

    func groupNormalization(_ operation: GroupNormalization) throws(KerasObstacle) -> [KerasPiece] {
        let (scaling, variables) = try scaleAndCenter()
        var config: JSONObject = [
            "groups": .integer(operation.groups == 0 ? -1 : operation.groups), "axis": .integer(operation.axis),
            "epsilon": .number(operation.epsilon),
        ]
        for (key, value) in scaling { config[key] = value }
        return [KerasPiece(className: "GroupNormalization", config: config, variables: variables)]
    }

    /// LayerNormalization, RMSNormalization or UnitNormalization.
    func rowNormalization(_ operation: RowNormalization) throws(KerasObstacle) -> [KerasPiece] {
        var config: JSONObject = ["axis": try axes(operation.axes)]
        switch operation.kind {
        case .standard:
            config["epsilon"] = .number(operation.epsilon)
            let (scaling, variables) = try scaleAndCenter()
            for (key, value) in scaling { config[key] = value }
            return [KerasPiece(className: "LayerNormalization", config: config, variables: variables)]
        case .rootMeanSquare:
            config["epsilon"] = .number(operation.epsilon)
            guard unit.core.weights["beta"] == nil else {
                throw KerasObstacle("is a root-mean-square normalisation with a centre, which Keras does not have")
            }
            guard let scale = try variable("gamma", of: unit.core, as: "scale") else { return try rootMeanSquare(operation) }
            return [KerasPiece(className: "RMSNormalization", config: config, variables: [scale])]
        case .unit:
            guard unit.core.weights.isEmpty else { throw KerasObstacle("is a unit normalisation with weights, which Keras does not have") }
            if operation.epsilon == 1e-12 { return [KerasPiece(className: "UnitNormalization", config: config)] }
            let obstacle = KerasObstacle("is a unit normalisation with epsilon \(operation.epsilon), which Keras does not have")
            try requireOperations(obstacle)
            guard operation.axes.count == 1 else { throw obstacle }
            var list = KerasPieceList()
            let settings: JSONObject = ["axis": .integer(operation.axes[0]), "order": .integer(2), "epsilon": .number(operation.epsilon)]
            _ = list.operation(.normalize, settings, of: .input(0))
            return list.pieces
        }
    }

    /// Without a scale, which Keras' layer always has.
    private func rootMeanSquare(_ operation: RowNormalization) throws(KerasObstacle) -> [KerasPiece] {
        try requireOperations(KerasObstacle("is a root-mean-square normalisation without a scale, which Keras does not have"))
        var list = KerasPieceList()
        var row = output
        for axis in operation.axes { row[axis] = 1 }
        let square = list.layer("Multiply", of: .list([.input(0), .input(0)]), part: "square")
        let axes: JSONObject = ["axis": .integers(operation.axes), "keepdims": .bool(true)]
        let mean = list.operation(.mean, axes, of: square, shape: row)
        let sum = list.operation(.add, of: mean, .constant(.number(operation.epsilon)), part: "epsilon", shape: row)
        let root = list.operation(.rsqrt, of: sum, part: "root", shape: row)
        _ = list.operation(.multiply, of: .input(0), root, part: "product")
        return list.pieces
    }

    /// Normalization whose statistics are variables, as `adapt` leaves it; the third, a count that only `adapt` reads, is 0.
    func standardization(_ operation: Standardization) throws(KerasObstacle) -> [KerasPiece] {
        guard operation.epsilon == 1e-7 else { throw KerasObstacle("has epsilon \(operation.epsilon), Keras has 1e-7") }
        guard let mean = try variable("mean", of: unit.core, as: "mean", isTrainable: false),
            let variance = try variable("variance", of: unit.core, as: "variance", isTrainable: false)
        else { return [] }
        let offset = output.rank - mean.source.shape.count
        var kept = mean.source.shape.indices.filter { mean.source.shape[$0] != 1 }
        if kept.isEmpty, mean.source.shape.last == 1, output[output.rank - 1] == 1 { kept = [mean.source.shape.count - 1] }
        if kept.isEmpty, target == .everyVersion { return [try constantNormalization(operation, mean, variance)] }
        let shape = kept.map { mean.source.shape[$0] }
        let count = WeightSource(dtype: .int32, shape: [], origin: "count") { consumer throws(ModelError) in
            try [UInt8](repeating: 0, count: 4).withUnsafeBufferPointer { bytes throws(ModelError) in try consumer(UnsafeRawBufferPointer(bytes)) }
        }
        let variables = [
            mean.reshaped(shape), variance.reshaped(shape),
            KerasDraftVariable(name: "count", weight: mean.weight + "/count", source: count, isTrainable: false),
        ]
        let axis = kept.isEmpty ? .null : try axes(kept.map { $0 + offset })
        return [
            KerasPiece(className: "Normalization", config: ["axis": axis, "invert": .bool(operation.isInverse)], variables: variables)
        ]
    }

    /// Normalization by one mean and one variance, which stand in the configuration: Keras 3 reads no `axis` of null from an .h5 file.
    private func constantNormalization(
        _ operation: Standardization, _ mean: KerasDraftVariable, _ variance: KerasDraftVariable
    ) throws(KerasObstacle) -> KerasPiece {
        guard let mean = try? mean.source.tensor().scalars.first, let variance = try? variance.source.tensor().scalars.first,
            mean.isFinite, variance.isFinite
        else { throw KerasObstacle("has a mean or a variance that is no number") }
        return KerasPiece(
            className: "Normalization",
            config: [
                "axis": .integer(-1), "mean": .number(Double(mean)), "variance": .number(Double(variance)), "invert": .bool(operation.isInverse),
            ])
    }

    /// `scale` and `center` with gamma and beta.
    private func scaleAndCenter() throws(KerasObstacle) -> (JSONObject, [KerasDraftVariable]) {
        let gamma = try variable("gamma", of: unit.core, as: "gamma")
        let beta = try variable("beta", of: unit.core, as: "beta")
        return (["center": .bool(beta != nil), "scale": .bool(gamma != nil)], [gamma, beta].compactMap(\.self))
    }

    /// One axis as a number, several as a list.
    func axes(_ axes: [Int]) throws(KerasObstacle) -> JSONValue {
        if axes.count == 1 { return .integer(axes[0]) }
        guard target == .keras3 else {
            throw KerasObstacle(
                "works over axes \(axes), and Keras 3 loses several axes when it reads an .h5 file", hint: "write a .keras file")
        }
        return .integers(axes)
    }
}
