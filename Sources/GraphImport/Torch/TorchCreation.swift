import ModelCore
import ModelGraph

// Tensors that code makes of numbers.
extension TorchFlow {
    mutating func created(_ function: TorchFunction) throws(ModelError) -> TorchValue {
        switch function {
        case .arange: return .tensor(try derive(try range()))
        case .linspace: return .tensor(try derive(try evenlySpaced()))
        case .eye: return .tensor(try derive(try unitMatrix()))
        case .scalarTensor: return .tensor(try filled([], try required("s"), "s"))
        case .full: return .tensor(try filled(try createdSizes("size"), try required("fill_value"), "fill_value"))
        case .zeros: return .tensor(try filled(try createdSizes("size"), 0, nil))
        case .ones: return .tensor(try filled(try createdSizes("size"), 1, nil))
        default: throw unsupported("makes no tensor of numbers")
        }
    }

    /// A tensor of the shape of another, or of a shape and the type of another.
    mutating func alike(_ function: TorchFunction) throws(ModelError) -> String {
        let number: Double =
            switch function {
            case .zerosLike, .newZeros: 0
            case .onesLike, .newOnes: 1
            default: try required("fill_value")
            }
        switch function {
        case .newZeros, .newOnes, .newFull:
            disregard("self")
            return try filled(try createdSizes("size"), number, nil)
        default:
            let like = try input()
            if derived != nil { return try filled(shape(like).sizes.compactMap(\.self), number, nil) }
            // As many samples as the other has.
            try requireFloat32()
            return try emit(Rescaling(scale: [0], offset: [number]).erased, [like])
        }
    }

    private func createdSizes(_ name: String) throws(ModelError) -> [Int] {
        let sizes = try list(name) ?? []
        try requireSize(sizes)
        return sizes
    }

    private func requireSize(_ sizes: [Int]) throws(ModelError) {
        guard sizes.allSatisfy({ $0 >= 1 }), let count = sizes.checkedProduct, count <= Self.numberLimit else {
            throw unsupported("makes a tensor of shape \(sizes), expected 1 to \(Self.numberLimit) elements")
        }
    }
    private static var numberLimit: Int { 1 << 22 }

    private mutating func filled(_ sizes: [Int], _ number: Double, _ name: String?) throws(ModelError) -> String {
        guard derived != nil else { throw samples() }
        try requireSize(sizes)
        let isTruth = argument(["dtype"]) == .text("bool")
        let type = isTruth ? nil : try numberType()
        if type.map({ !$0.isFloatingPoint }) == true, number != number.rounded() { throw unsupported("rounds \(number)") }
        let numbers = Tensor(repeating: Float(number), shape: sizes)
        return isTruth ? try derive(.truth, of: try derive(numbers, part: "numbers")) : try derive(numbers)
    }

    /// The type that the call asks for; the elements are numbers that Float32 has.
    private func numberType() throws(ModelError) -> DType? {
        guard let argument = argument(["dtype"]) else { return nil }
        guard case .text(let name) = argument, let type = DType(rawValue: name), [.float32, .int64, .int32].contains(type) else {
            throw unsupported("makes elements of another type than float32, int64 and int32")
        }
        return type
    }

    /// From `start` to before `end`. PyTorch computes each element in Float64.
    private mutating func range() throws(ModelError) -> Tensor<Float> {
        let (start, end, step) = (try number("start", default: 0), try required("end"), try number("step", default: 1))
        let isWhole = try numberType()?.isFloatingPoint == false
        let count = step == 0 ? 0 : ((end - start) / step).rounded(.up)
        guard count >= 1, count <= Double(Self.numberLimit), !isWhole || [start, end, step].allSatisfy({ $0 == $0.rounded() }) else {
            throw unsupported("counts from \(start) to \(end) by \(step)")
        }
        return Tensor(shape: [Int(count)]) { Float(start + step * Double($0)) }
    }

    /// PyTorch computes each half from its own end.
    private mutating func evenlySpaced() throws(ModelError) -> Tensor<Float> {
        let (start, end, count) = (Float(try required("start")), Float(try required("end")), try integer("steps"))
        try requireFloat32()
        try requireSize([count])
        let step = count > 1 ? (end - start) / Float(count - 1) : 0
        return Tensor(shape: [count]) { $0 < count / 2 || count == 1 ? start + step * Float($0) : end - step * Float(count - $0 - 1) }
    }

    private mutating func unitMatrix() throws(ModelError) -> Tensor<Float> {
        let rows = try integer("n")
        let columns = try integer("m", default: rows)
        _ = try numberType()
        try requireSize([rows, columns])
        return Tensor(shape: [rows, columns]) { $0 / columns == $0 % columns ? 1 : 0 }
    }

    /// Coordinates of a grid: each row of numbers along an axis of its own.
    mutating func grid() throws(ModelError) -> [TorchValue] {
        guard derived != nil else { throw unsupported("makes a grid of what depends on an input") }
        let rows = try tensors("tensors")
        let order = try text("indexing", default: "ij")
        guard ["ij", "xy"].contains(order), rows.allSatisfy({ shape($0).rank <= 1 }) else { throw unsupported("makes a grid in order '\(order)'") }
        var axes = Array(rows.indices)
        if order == "xy", rows.count >= 2 { axes.swapAt(0, 1) }
        var sizes = Array(repeating: 1, count: rows.count)
        for (row, axis) in zip(rows, axes) { sizes[axis] = shape(row).sizes.compactMap(\.self).first ?? 1 }
        try requireSize(sizes)
        var grids: [TorchValue] = []
        for (number, (row, axis)) in zip(rows, axes).enumerated() {
            var own = Array(repeating: 1, count: rows.count)
            own[axis] = sizes[axis]
            let line = try deriveReshaped(row, own, part: "line_\(number)")
            grids.append(.tensor(try deriveStretched(line, sizes, part: "grid_\(number)")))
        }
        return grids
    }
}
