import ModelCore
import ModelGraph
import Verification

extension GraphEdit {
    mutating func changeEpsilon() -> Bool {
        // Keras has 1e-3 and PyTorch 1e-5.
        func other(_ epsilon: Double) -> Double { epsilon > 1e-4 ? 1e-5 : 1e-3 }
        switch node.operation {
        case .batchNormalization(var operation):
            operation.epsilon = other(operation.epsilon)
            return replace(operation.erased)
        case .rowNormalization(var operation) where operation.kind != .unit:
            operation.epsilon = other(operation.epsilon)
            return replace(operation.erased)
        case .groupNormalization(var operation):
            operation.epsilon = other(operation.epsilon)
            return replace(operation.erased)
        default: return false
        }
    }

    mutating func swapStrides() -> Bool {
        switch node.operation {
        case .convolution(var operation):
            operation.strides.reverse()
            return replace(operation.erased)
        case .transposedConvolution(var operation):
            operation.strides.reverse()
            return replace(operation.erased)
        case .pooling(var operation):
            operation.strides.reverse()
            return replace(operation.erased)
        default: return false
        }
    }

    mutating func swapDilations() -> Bool {
        guard case .convolution(var operation) = node.operation else { return false }
        operation.dilations.reverse()
        return replace(operation.erased)
    }

    mutating func turnWindow() -> Bool {
        guard case .pooling(var operation) = node.operation else { return false }
        operation.window.reverse()
        return replace(operation.erased)
    }

    mutating func countPaddingOtherwise() -> Bool {
        guard case .pooling(var operation) = node.operation, operation.kind == .average, let shape = inputShape else { return false }
        let isPadded = operation.windows.enumerated().contains { axis, window in
            window.padding(operation.padding, axis: axis, input: shape[operation.layout.spatialAxes.lowerBound + axis]) != (0, 0)
        }
        guard isPadded else { return false }
        operation.countIncludesPadding.toggle()
        return replace(operation.erased)
    }

    mutating func poolOtherwise() -> Bool {
        func other(_ kind: PoolingKind) -> PoolingKind { kind == .average ? .maximum : .average }
        switch node.operation {
        case .pooling(var operation) where operation.window.contains { $0 > 1 }:
            operation.kind = other(operation.kind)
            return replace(operation.erased)
        case .globalPooling(var operation):
            guard let shape = inputShape, operation.layout.spatialAxes.contains(where: { shape[$0] > 1 }) else { return false }
            operation.kind = other(operation.kind)
            return replace(operation.erased)
        default: return false
        }
    }

    mutating func changeCoordinates(_ random: inout RandomStream) -> Bool {
        guard case .resize(var operation) = node.operation, operation.interpolation == .linear,
            let other = random.choice([ResizePositions.halfPixel, .alignedCorners, .leadingEdge].filter { $0 != operation.positions })
        else { return false }
        operation.positions = other
        return replace(operation.erased)
    }

    mutating func changeAxis(_ random: inout RandomStream) -> Bool {
        guard case .softmax(var operation) = node.operation, let shape = inputShape,
            let axis = random.choice(shape.indices.dropFirst().filter { operation.axes != [$0] })
        else { return false }
        operation.axes = [axis]
        return replace(operation.erased)
    }

    mutating func swapConcatenated(_ random: inout RandomStream) -> Bool {
        guard case .concatenate = node.operation, node.inputs.count > 1 else { return false }
        var inputs = node.inputs
        let first = random.below(inputs.count)
        inputs.swapAt(first, (first + random.within(1...inputs.count - 1)) % inputs.count)
        return replaceInputs(inputs)
    }

    mutating func swapOperands() -> Bool {
        guard case .merge(let merge) = node.operation, merge.kind == .subtract || merge.kind == .divide else { return false }
        return replaceInputs(node.inputs.reversed())
    }

    mutating func changeScale(_ random: inout RandomStream) -> Bool {
        guard case .rescaling(var operation) = node.operation, let factor = random.choice([0.5, 2, 255.0 / 256, 1 / 255.0]) else { return false }
        operation.scale = operation.scale.map { $0 * factor }
        return replace(operation.erased)
    }

    mutating func changeOffset(_ random: inout RandomStream) -> Bool {
        guard case .rescaling(var operation) = node.operation, let change = random.choice([-1, 1, 0.5, 1 / 255.0]) else { return false }
        operation.offset = operation.offset.map { $0 + change }
        return replace(operation.erased)
    }
}
