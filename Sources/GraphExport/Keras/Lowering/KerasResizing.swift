import ByteIO
package import ModelCore
package import ModelGraph

/// What one axis of a resizing does to the elements of an axis of this size, as the matrix `[size, resized]` that they are multiplied by.
package typealias KerasResizingMatrix = (_ axis: Resize, _ size: Int) throws(ModelError) -> Tensor<Float>

extension KerasLowering {
    /// UpSampling, Resizing or RepeatVector; a product with a matrix along each axis for what these cannot say.
    func resize(_ operation: Resize) throws(KerasObstacle) -> [KerasPiece] {
        let simple = operation.inWholeFactors(inputs[0])
        do throws(KerasObstacle) {
            return [try resizingLayer(simple)]
        } catch {
            let isKnown = operation.layout.spatialAxes.allSatisfy { inputs[0][$0] != nil }
            return isKnown ? try resizedByMatrices(operation, error) : try resizedOpenAxes(operation, error)
        }
    }

    private func resizingLayer(_ operation: Resize) throws(KerasObstacle) -> KerasPiece {
        let rank = operation.layout.spatialRank
        // With whole factors the nearest element is the same either way.
        if case (.nearest, .leadingEdge, .factors) = (operation.interpolation, operation.positions, operation.target) {
        } else if operation.positions != .halfPixel {
            throw KerasObstacle("places elements at '\(operation.positions.rawValue)', which no layer of Keras does")
        }
        switch operation.target {
        case .scales(let scales): throw KerasObstacle("resizes by \(scales), Keras has whole factors")
        case .factors(let factors):
            if unit.repeatsVector { return KerasPiece(className: "RepeatVector", config: ["n": .integer(factors[0])]) }
            if rank == 1, operation.interpolation == .nearest, operation.layout.isChannelsLast {
                return KerasPiece(className: "UpSampling1D", config: ["size": .integer(factors[0])])
            }
            var config: JSONObject = ["size": .integers(factors), "data_format": operation.layout.kerasFormat]
            if rank == 2 { config["interpolation"] = .string(try interpolation(operation)) }
            guard rank == 2 || rank == 3 && operation.interpolation == .nearest else {
                throw KerasObstacle("interpolates by \(operation.interpolation.name) along \(rank) axes, for which Keras has no layer")
            }
            return KerasPiece(className: "UpSampling\(rank)D", config: config)
        case .sizes(let sizes):
            guard rank == 2 else { throw KerasObstacle("resizes \(rank) axes to \(sizes), Keras has a layer for 2") }
            var config: JSONObject = [
                "height": .integer(sizes[0]), "width": .integer(sizes[1]), "interpolation": .string(try interpolation(operation)),
            ]
            if !operation.layout.isChannelsLast { config["data_format"] = operation.layout.kerasFormat }
            return KerasPiece(className: "Resizing", config: config)
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

    /// Every interpolation is a linear map along each axis: a Dense layer, with the axis moved to the end, whose kernel training leaves alone.
    private func resizedByMatrices(_ operation: Resize, _ obstacle: KerasObstacle) throws(KerasObstacle) -> [KerasPiece] {
        var list = KerasPieceList()
        var value = KerasPiece.Operand.input(0)
        var shape = inputs[0]
        for (position, axis) in operation.layout.spatialAxes.enumerated() {
            guard let size = inputs[0][axis], let resized = output[axis], max(size, resized) <= Self.mostRows else { throw obstacle }
            let alone = operation.alongAxis(position)
            if size == resized, alone.isNothing { continue }
            guard let matrix = try? resizingMatrix(alone, size), matrix.shape == [size, resized] else { throw obstacle }
            // The axis goes to the end, and back to its place.
            let others = (1..<shape.rank).filter { $0 != axis }
            var back = Array(1..<shape.rank)
            for (place, axis) in (others + [axis]).enumerated() { back[axis - 1] = place + 1 }
            let isLast = axis == shape.rank - 1
            if !isLast {
                let moved = Shape([shape[0]] + (others + [axis]).map { shape[$0] })
                value = list.layer("Permute", ["dims": .integers(others + [axis])], of: value, part: "moved_\(axis)", shape: moved)
            }
            shape[axis] = resized
            var piece = KerasPiece(
                className: "Dense",
                config: ["units": .integer(resized), "use_bias": .bool(false), "activation": .string("linear"), "trainable": .bool(false)],
                variables: [
                    KerasDraftVariable(
                        name: "kernel", weight: "\(unit.name)/resized_\(axis)", source: WeightSource(matrix), isTrainable: false, isDerived: true)
                ])
            (piece.part, piece.shape) = ("resized_\(axis)", Shape([shape[0]] + (others + [axis]).map { shape[$0] }))
            value = list.add(piece, of: value)
            if !isLast { value = list.layer("Permute", ["dims": .integers(back)], of: value, part: "back_\(axis)", shape: shape) }
        }
        guard !list.pieces.isEmpty else { return [.nothing] }
        return list.pieces
    }

    /// The most rows and columns of a matrix.
    private static let mostRows = 1 << 11
}

extension Resize {
    /// The same in whole factors, where the sizes make it that and the elements do not depend on how it is said.
    fileprivate func inWholeFactors(_ input: Shape) -> Resize {
        var result = self
        var factors: [Int] = []
        for (position, axis) in layout.spatialAxes.enumerated() {
            switch target {
            case .factors: return self
            case .scales(let scales):
                guard let factor = Int(exactly: scales[position]), factor >= 1 else { return self }
                factors.append(factor)
            case .sizes(let sizes):
                guard interpolation == .nearest, let size = input[axis], size > 0, sizes[position] % size == 0 else { return self }
                factors.append(sizes[position] / size)
            }
        }
        result.target = .factors(factors)
        return result
    }

    /// The same for one spatial axis, as a sequence.
    fileprivate func alongAxis(_ position: Int) -> Resize {
        var result = self
        result.layout = .nwc
        switch target {
        case .factors(let factors): result.target = .factors([factors[position]])
        case .sizes(let sizes): result.target = .sizes([sizes[position]])
        case .scales(let scales): result.target = .scales([scales[position]])
        }
        return result
    }

    /// Whether an axis that keeps its size keeps its elements.
    fileprivate var isNothing: Bool {
        if case .scales(let scales) = target { return scales == [1] }
        return true
    }
}
