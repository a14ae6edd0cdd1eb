import ByteIO
import ModelCore
import ModelGraph

/// Sizes of tensors that a model computes with, `tf.shape(x)[1] * 2`. They are numbers where the graph is made, and no values of it.
struct KerasSizes {
    /// Numbers and nested lists of them, by the name of what makes them.
    private var known: [String: JSONValue] = [:]

    /// In place of the number of samples.
    static let samples: JSONValue = ["size": .string("samples")]
    /// In place of a number that the model leaves open.
    static let open: JSONValue = ["size": .string("open")]

    private static let limit = 64

    func contains(_ name: String) -> Bool { known[name] != nil }

    /// The arguments of a call with sizes in place of the inputs that are sizes, and the inputs that are left.
    func substituted(_ arguments: KerasArguments, inputs: [String]) -> (arguments: KerasArguments, inputs: [String]) {
        let left = inputs.indices.filter { known[inputs[$0]] == nil }
        var values: [JSONValue] = inputs.map { known[$0] ?? .null }
        for (number, place) in left.enumerated() { values[place] = KerasArguments.tensor(number) }
        func replaced(_ value: JSONValue) -> JSONValue {
            if let number = KerasArguments.number(of: value), values.indices.contains(number) { return values[number] }
            return value.array.map { .array($0.map(replaced)) } ?? value
        }
        var result = KerasArguments()
        result.positional = arguments.positional.map(replaced)
        for (key, value) in arguments.keywords { result.keywords[key] = replaced(value) }
        return (result, left.map { inputs[$0] })
    }

    /// Notes what an operator makes of sizes alone.
    /// - Returns: the names of its results.
    mutating func compute(_ layer: KerasLayer, name: String) throws(ModelError) -> [String] {
        let results = try Self.results(layer)
        let isPlain = results.allSatisfy { $0.array?.allSatisfy { $0.array == nil } != false && $0.array?.count ?? 0 <= Self.limit }
        guard isPlain, results.count <= Self.limit else {
            throw layer.problem("keras.unsupported-call", "makes more than \(Self.limit) sizes, or lists of lists of them")
        }
        let names = results.count == 1 ? [name] : results.indices.map { "\(name)/\($0)" }
        for (name, value) in zip(names, results) { known[name] = value }
        return names
    }

    /// Notes the sizes of a tensor.
    mutating func note(_ shape: Shape, name: String) {
        known[name] = .array(shape.sizes.enumerated().map { axis, size in axis == 0 ? Self.samples : size.map(JSONValue.integer) ?? Self.open })
    }

    /// Whether a setting is, or holds, a size that the model leaves open.
    static func isOpen(_ value: JSONValue) -> Bool { value == open || value.array?.contains(where: isOpen) == true }

    // MARK: Operators

    private static func results(_ layer: KerasLayer) throws(ModelError) -> [JSONValue] {
        func setting(_ key: String) throws(ModelError) -> JSONValue {
            guard let value = layer.config[key] else { throw layer.problem("keras.unsupported-call", "is called without \(key)") }
            return value["config"]?["value"] ?? value
        }
        switch layer.operation {
        case "Identity", "StopGradient", "Copy": return [try setting(layer.config.values["variable"] == nil ? "x" : "variable")]
        case "Cast", "SaturateCast", "ConvertToTensor":
            let isWhole = try layer.string("dtype", default: "int32").contains("int")
            return [each(try setting("x")) { isWhole ? Double(Int(exactly: $0.rounded(.towardZero)) ?? 0) : $0 }]
        case "Add": return [both(try setting("x1"), try setting("x2"), +)]
        case "Subtract": return [both(try setting("x1"), try setting("x2"), -)]
        case "Multiply": return [both(try setting("x1"), try setting("x2"), *)]
        case "Maximum": return [both(try setting("x1"), try setting("x2"), max)]
        case "Minimum": return [both(try setting("x1"), try setting("x2"), min)]
        case "TrueDivide": return [both(try setting("x1"), try setting("x2"), /)]
        case "FloorDivide": return [both(try setting("x1"), try setting("x2")) { ($0 / $1).rounded(.down) }]
        case "Stack" where try layer.integer("axis", default: 0) == 0:
            let value = try setting("x")
            return [.array(value.array ?? [value])]
        case "Concatenate" where try layer.integer("axis", default: 0) == 0:
            return [.array(try setting("xs").array?.flatMap { $0.array ?? [$0] } ?? [])]
        case "Unstack" where try layer.integer("axis", default: 0) == 0:
            _ = layer.config["num"]
            return try setting("x").array ?? []
        case "GetItem", "StridedSlice", "Take": return [try parts(layer, try setting("x"))]
        default: throw layer.problem("keras.unsupported-call", "computes with sizes in a way that cnnconvert cannot convert")
        }
    }

    /// Elements of a list of sizes.
    private static func parts(_ layer: KerasLayer, _ value: JSONValue) throws(ModelError) -> JSONValue {
        guard let sizes = value.array else { throw layer.problem("keras.unsupported-call", "takes a part of a single size") }
        let places: [KerasSlice.Place]
        switch layer.operation {
        case "Take": places = [.element(try layer.integer("indices"))]
        case "GetItem": places = try KerasSlice(key: layer.config["key"] ?? .null, layer: layer).places
        default: places = try KerasOperation.stridedSlice(layer).places
        }
        switch places.first {
        case .rest: return value
        case .element(let index):
            guard places.count == 1, index >= -sizes.count, index < sizes.count else { break }
            return sizes[index < 0 ? index + sizes.count : index]
        case .range(let start, let stop, let step) where step == 1 && places.count == 1:
            func within(_ index: Int) -> Int { min(max(index < 0 ? index.addingReportingOverflow(sizes.count).partialValue : index, 0), sizes.count) }
            let (first, last) = (start.map(within) ?? 0, stop.map(within) ?? sizes.count)
            return .array(first < last ? Array(sizes[first..<last]) : [])
        default: break
        }
        throw layer.problem("keras.unsupported-call", "takes a part of \(sizes.count) sizes that cnnconvert cannot convert")
    }

    /// A number, whole where it has no fraction; what is no number stays open.
    private static func number(_ value: Double) -> JSONValue {
        Int(exactly: value).map(JSONValue.integer) ?? (value.isFinite ? .number(value) : open)
    }

    private static func each(_ value: JSONValue, _ compute: (Double) -> Double) -> JSONValue {
        if let list = value.array { return .array(list.map { each($0, compute) }) }
        return value.double.map { number(compute($0)) } ?? value
    }

    private static func both(_ left: JSONValue, _ right: JSONValue, _ compute: (Double, Double) -> Double) -> JSONValue {
        switch (left.array, right.array) {
        case (let left?, let right?) where left.count == right.count: .array(zip(left, right).map { both($0, $1, compute) })
        case (let left?, nil): .array(left.map { both($0, right, compute) })
        case (nil, let right?): .array(right.map { both(left, $0, compute) })
        case (nil, nil): left.double.flatMap { left in right.double.map { number(compute(left, $0)) } } ?? open
        default: open
        }
    }
}
