import ModelCore
import ModelGraph

// What the current call is given.
extension TorchFlow {
    /// An argument that is given and not None, under the first of these names.
    func argument(_ names: [String]) -> TorchArgument? {
        for name in names {
            guard let argument = call.arguments[name], argument != .none else { continue }
            accounting.read(name)
            return argument
        }
        return nil
    }

    private func wrong(_ names: [String], _ expected: String) -> ModelError {
        unsupported("has no \(expected) as '\(names.first ?? "")'")
    }

    // MARK: Tensors

    /// The value that the call is about.
    mutating func input() throws(ModelError) -> String { try tensor("self", "input") }

    /// A value of the graph.
    mutating func tensor(_ names: String...) throws(ModelError) -> String {
        guard let argument = argument(names) else { throw wrong(names, "tensor") }
        if let value = try derivedTensor(argument) { return value }
        guard case .value(let name) = argument, let value = values[name] else { throw wrong(names, "tensor that depends on an input") }
        switch value {
        case .tensor(let value): return value
        case .view: throw samples()
        default: throw wrong(names, "tensor that depends on an input")
        }
    }

    /// A tensor of the file; `nil` where none is given.
    func weight(_ names: String...) throws(ModelError) -> TorchWeight? {
        guard let argument = argument(names) else { return nil }
        guard case .value(let name) = argument, case .weight(let key)? = values[name], let weight = weights[key] else {
            throw wrong(names, "tensor of the file")
        }
        return weight
    }

    func requiredWeight(_ name: String) throws(ModelError) -> TorchWeight {
        guard let weight = try weight(name) else { throw wrong([name], "tensor") }
        return weight
    }

    /// A weight with one element for each channel.
    func vector(_ names: String...) throws(ModelError) -> TorchWeight? {
        for name in names {
            guard let weight = try weight(name) else { continue }
            guard weight.source.shape.count == 1 else { throw unsupported("has a '\(name)' of shape \(weight.source.shape), expected one axis") }
            return weight
        }
        return nil
    }

    /// Several values of the graph.
    mutating func tensors(_ name: String) throws(ModelError) -> [String] {
        guard case .list(let items)? = argument([name]), !items.isEmpty else { throw wrong([name], "list of tensors") }
        var result: [String] = []
        for item in items {
            if let value = try derivedTensor(item) {
                result.append(value)
                continue
            }
            guard case .value(let value) = item, case .tensor(let tensor)? = values[value] else {
                throw wrong([name], "list of tensors that depend on an input")
            }
            result.append(tensor)
        }
        return result
    }

    // MARK: Numbers

    func size(_ argument: TorchArgument) throws(ModelError) -> TorchValue? {
        switch argument {
        case .integer(let value): return .integer(value)
        case .value(let name):
            switch values[name] {
            case .integer, .samples, .size: return values[name]
            // What is to be an integer is cut off, as `int` does it.
            case .ratio(let numerator, let denominator): return SizeRatio(numerator, over: denominator).truncated?.value
            // TorchScript keeps the numbers that sizes are divided by as tensors.
            case .weight(let key)?: return try weights[key]?.onlyInteger().map(TorchValue.integer)
            default: return nil
            }
        default: return nil
        }
    }

    func integer(_ name: String, default preset: Int? = nil) throws(ModelError) -> Int {
        guard let argument = argument([name]) else {
            if let preset { return preset }
            throw wrong([name], "integer")
        }
        switch try size(argument) {
        case .integer(let value): return value
        case .size: throw openSize("as '\(name)'")
        default: throw wrong([name], "integer")
        }
    }

    /// Integers, one of which may stand for all of `count`.
    func integers(_ name: String, count: Int, default preset: Int? = nil) throws(ModelError) -> [Int] {
        let given = try list(name) ?? []
        if given.isEmpty, let preset { return Array(repeating: preset, count: count) }
        guard given.count == count || given.count == 1 else { throw unsupported("has \(given.count) integers as '\(name)', expected \(count)") }
        return given.count == count ? given : Array(repeating: given[0], count: count)
    }

    /// All integers of a list, or the one that stands for a list; `nil` where none is given.
    func list(_ name: String) throws(ModelError) -> [Int]? {
        guard let sizes = try sizes(name) else { return nil }
        var result: [Int] = []
        for size in sizes {
            if case .size = size { throw openSize("in '\(name)'") }
            guard case .integer(let value) = size else { throw unsupported("has the number of samples in '\(name)'") }
            result.append(value)
        }
        return result
    }

    /// Integers, and multiples of the number of samples.
    func sizes(_ name: String) throws(ModelError) -> [TorchValue]? {
        guard let argument = argument([name]) else { return nil }
        let items = if case .list(let items) = argument { items } else { [argument] }
        var sizes: [TorchValue] = []
        for item in items {
            guard let size = try size(item) else { throw wrong([name], "list of integers") }
            sizes.append(size)
        }
        return sizes
    }

    /// A number, which may be a literal; `nil` where none is given or it is something else.
    func number(_ names: String...) throws(ModelError) -> Double? {
        switch argument(names) {
        case .integer(let value)?: return Double(value)
        case .number(let value)?: return value
        case .value(let name)?:
            switch values[name] {
            case .integer(let value): return Double(value)
            case .number(let value): return value
            case .ratio(let numerator, let denominator): return numerator.known.map { Double($0) / Double(denominator) }
            case .weight(let key): return try weights[key]?.onlyElement()
            default: return nil
            }
        default: return nil
        }
    }

    func number(_ name: String, default preset: Double) throws(ModelError) -> Double {
        guard argument([name]) != nil else { return preset }
        guard let value = try number(name), value.isFinite else { throw wrong([name], "finite number") }
        return value
    }

    /// A finite number that must be given.
    func required(_ name: String) throws(ModelError) -> Double {
        guard let value = try number(name), value.isFinite else { throw wrong([name], "finite number") }
        return value
    }

    /// - Throws: `torch.unsupported-call` where the call is to compute in another type.
    func requireFloat32() throws(ModelError) {
        if let type = argument(["dtype"]), type != .text("float32") { throw unsupported("changes the type of elements") }
    }

    func numbers(_ name: String) throws(ModelError) -> [Double]? {
        guard let argument = argument([name]) else { return nil }
        let items = if case .list(let items) = argument { items } else { [argument] }
        var result: [Double] = []
        for item in items {
            switch item {
            case .integer(let value): result.append(Double(value))
            case .number(let value): result.append(value)
            default: throw wrong([name], "list of numbers")
            }
        }
        return result
    }

    func bool(_ name: String, default preset: Bool) throws(ModelError) -> Bool {
        switch argument([name]) {
        case nil: return preset
        case .bool(let value)?: return value
        case .integer(let value)?: return value != 0
        default: throw wrong([name], "truth value")
        }
    }

    func text(_ name: String, default preset: String) throws(ModelError) -> String {
        guard let argument = argument([name]) else { return preset }
        guard case .text(let value) = argument else { throw wrong([name], "text") }
        return value
    }

    // MARK: Axes

    /// An axis counted from 0, given from the start or from the end.
    func axis(_ given: Int, rank: Int) throws(ModelError) -> Int {
        guard given >= -rank, given < rank else { throw unsupported("names axis \(given) of \(rank)") }
        return given < 0 ? given + rank : given
    }

    /// An axis that is not that of samples.
    func innerAxis(_ given: Int, rank: Int) throws(ModelError) -> Int {
        let axis = try axis(given, rank: rank)
        guard axis > 0 || derived != nil else { throw samples() }
        return axis
    }

    func samples() -> ModelError {
        problem(
            "torch.samples", "works along the first axis, which counts samples",
            hint: "cnnconvert converts networks that treat every sample by itself")
    }

    /// The size of an axis, which must be known.
    func knownSize(_ value: String, _ axis: Int) throws(ModelError) -> Int {
        guard let size = shape(value)[axis] else { throw openSize("for axis \(axis) of \(shape(value))") }
        return size
    }

    /// An error about a size that is open and may not be.
    func openSize(_ place: String) -> ModelError {
        problem(
            "torch.open-size", "needs a size \(place) that is not known before the network runs",
            hint: "say how large the inputs are with `Conversion.Options.inputShapes`: 1,3,224,224")
    }

    /// The layout with channels after samples.
    func layout(spatialRank: Int, of value: String) throws(ModelError) -> DataLayout {
        guard shape(value).rank == spatialRank + 2, let layout = DataLayout.channelsFirst(spatialRank: spatialRank) else {
            throw unsupported("is called with \(shape(value)), expected \(spatialRank + 2) axes: samples, channels and \(spatialRank) more")
        }
        return layout
    }
}

extension TorchWeight {
    /// The element of a tensor of one integer.
    fileprivate func onlyInteger() throws(ModelError) -> Int? {
        guard source.dtype == .int32 || source.dtype == .int64 else { return nil }
        return try onlyElement().flatMap { Int(exactly: $0) }
    }

    /// The element of a literal of one; `nil` for others, for what is part of the state, and for types that are no numbers.
    fileprivate func onlyElement() throws(ModelError) -> Double? {
        guard isLiteral, source.count == 1 else { return nil }
        let bytes = try source.bytes()
        return bytes.withUnsafeBytes { bytes in
            switch source.dtype {
            case .float32: Double(Float(bitPattern: UInt32(littleEndian: bytes.loadUnaligned(as: UInt32.self))))
            case .float64: Double(bitPattern: UInt64(littleEndian: bytes.loadUnaligned(as: UInt64.self)))
            case .int32: Double(Int32(littleEndian: bytes.loadUnaligned(as: Int32.self)))
            case .int64: Double(Int64(littleEndian: bytes.loadUnaligned(as: Int64.self)))
            default: nil
            }
        }
    }
}
