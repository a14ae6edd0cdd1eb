import ByteIO
import ModelCore
import ModelGraph

extension KerasLowering {
    func permute(_ operation: Transpose) throws(KerasObstacle) -> [KerasPiece] {
        guard operation.permutation.first == 0 else { throw KerasObstacle("moves the first axis, which is that of samples in Keras") }
        return [KerasPiece(className: "Permute", config: ["dims": .integers(Array(operation.permutation.dropFirst()))])]
    }

    func pad(_ operation: Pad) throws(KerasObstacle) -> [KerasPiece] {
        guard operation.mode == .constant, operation.value == 0 else {
            let what = operation.mode == .constant ? "with \(operation.value)" : "by \(operation.mode.rawValue)"
            throw KerasObstacle("pads \(what), for which Keras has no layer")
        }
        return try borders("ZeroPadding", "padding", operation.before, operation.after)
    }

    /// ZeroPadding or Cropping, which leave one axis alone beside that of samples: the last, or the one after the samples.
    func borders(_ className: String, _ key: String, _ before: [Int], _ after: [Int]) throws(KerasObstacle) -> [KerasPiece] {
        let amounts = zip(before, after).map { [$0, $1] }
        if amounts.allSatisfy({ $0 == [0, 0] }) { return [.nothing] }
        guard amounts.first == [0, 0] else { throw KerasObstacle("changes the first axis, which is that of samples in Keras") }
        let rank = amounts.count - 2
        guard (1...3).contains(rank) else { throw KerasObstacle("works on \(amounts.count) axes, Keras has such layers for 3 to 5") }
        let isLast = amounts.last == [0, 0]
        guard isLast || amounts[1] == [0, 0] else { throw KerasObstacle("changes all axes, Keras leaves one alone") }
        guard isLast || rank > 1 else { throw KerasObstacle("changes the last of three axes, which Keras leaves alone") }
        let pairs = isLast ? Array(amounts[1..<1 + rank]) : Array(amounts[2...])
        if rank == 1 { return [KerasPiece(className: "\(className)1D", config: [key: .integers(pairs[0])])] }
        let format = isLast ? "channels_last" : "channels_first"
        return [
            KerasPiece(
                className: "\(className)\(rank)D", config: [key: .array(pairs.map(JSONValue.integers)), "data_format": .string(format)])
        ]
    }

    /// UpSampling, Resizing or RepeatVector.
    func resize(_ operation: Resize) throws(KerasObstacle) -> [KerasPiece] {
        let rank = operation.layout.spatialRank
        // With whole factors the nearest element is the same either way.
        if case (.nearest, .leadingEdge, .factors) = (operation.interpolation, operation.positions, operation.target) {
        } else if operation.positions != .halfPixel {
            throw KerasObstacle("places elements at '\(operation.positions.rawValue)', which no layer of Keras does")
        }
        switch operation.target {
        case .scales(let scales): throw KerasObstacle("resizes by \(scales), Keras has whole factors")
        case .factors(let factors):
            if unit.repeatsVector { return [KerasPiece(className: "RepeatVector", config: ["n": .integer(factors[0])])] }
            if rank == 1, operation.interpolation == .nearest, operation.layout.isChannelsLast {
                return [KerasPiece(className: "UpSampling1D", config: ["size": .integer(factors[0])])]
            }
            var config: JSONObject = ["size": .integers(factors), "data_format": operation.layout.kerasFormat]
            if rank == 2 { config["interpolation"] = .string(try interpolation(operation)) }
            guard rank == 2 || rank == 3 && operation.interpolation == .nearest else {
                throw KerasObstacle("interpolates by \(operation.interpolation.name) along \(rank) axes, for which Keras has no layer")
            }
            return [KerasPiece(className: "UpSampling\(rank)D", config: config)]
        case .sizes(let sizes):
            guard rank == 2 else { throw KerasObstacle("resizes \(rank) axes to \(sizes), Keras has a layer for 2") }
            var config: JSONObject = [
                "height": .integer(sizes[0]), "width": .integer(sizes[1]), "interpolation": .string(try interpolation(operation)),
            ]
            if !operation.layout.isChannelsLast { config["data_format"] = operation.layout.kerasFormat }
            return [KerasPiece(className: "Resizing", config: config)]
        }
    }

    private func interpolation(_ operation: Resize) throws(KerasObstacle) -> String {
        switch operation.interpolation {
        case .nearest: return "nearest"
        case .linear: return "bilinear"
        case .area: return "area"
        case .cubic(coefficient: -0.5, tableSize: 1024): return "bicubic"
        case .lanczos(radius: 3): return "lanczos3"
        case .lanczos(radius: 5): return "lanczos5"
        case .cubic, .cubicReplicated, .lanczos:
            throw KerasObstacle("interpolates by a \(operation.interpolation.name) kernel that Keras does not have")
        }
    }
}
