import ModelCore
import ModelGraph

/// An array that does not depend on an input of the network: a tensor of the file, numbers from its code, or what an operator makes of such.
///
/// It is described when the network is read, and computed when somebody reads its elements. Its first axis counts nothing special.
final class DerivedValue: Sendable {
    let shape: [Int]
    let step: Step
    /// The function of the source that makes it; empty for what is not made.
    let function: String
    /// The number of steps in the longest way to it.
    private let depth: Int

    enum Step: Sendable {
        /// A tensor of the file, by its name.
        case weight(name: String, WeightSource)
        /// Numbers from the code of the network.
        case numbers(Tensor<Float>)
        case operation(Operator, [DerivedValue], weights: [String: DerivedWeight])
        /// The same elements under another shape.
        case reshaped(DerivedValue)
        /// Axes aligned at the last, and stretched where they are of size 1 or not there.
        case stretched(DerivedValue)
        case element(ElementFunction, DerivedValue)
        /// Sums along an axis, of each element and all before it.
        case runningSum(DerivedValue, axis: Int)
        /// Elements of neighbouring axes from the first of them on, each at the places that a value for the axis says; these have the same shape.
        case picked(DerivedValue, from: Int, places: [DerivedValue])
    }

    /// Whether the elements are truth values, 1 and 0, which PyTorch adds and picks by in ways of their own.
    var isTruth: Bool {
        switch step {
        case .element(let function, _): function == .truth || function == .negation
        case .reshaped(let value), .stretched(let value), .picked(let value, _, _): value.isTruth
        case .operation(let operation, let values, _): operation.movesElements && values.allSatisfy(\.isTruth)
        case .weight, .numbers, .runningSum: false
        }
    }

    /// The most elements, for all are in memory at once.
    static let elementLimit = 1 << 28
    private static let depthLimit = 1000

    /// - Throws: `derived.too-large`.
    private init(_ step: Step, shape: [Int], by function: String) throws(ModelError) {
        self.step = step
        self.shape = shape
        self.function = function
        depth = 1 + (step.values.map(\.depth).max() ?? 0)
        guard let count = shape.checkedProduct, count <= Self.elementLimit, shape.allSatisfy({ $0 >= 1 }), shape.count <= 8, depth <= Self.depthLimit
        else {
            throw ModelError(
                Problem(
                    "derived.too-large",
                    "what '\(function)' makes of weights has shape \(shape) and is step \(depth); at most 8 axes, none empty, \(Self.elementLimit) elements and \(Self.depthLimit) steps are computed in advance"
                ))
        }
    }

    convenience init(weight name: String, _ source: WeightSource) throws(ModelError) {
        try self.init(.weight(name: name, source), shape: source.shape, by: "")
    }

    convenience init(_ numbers: Tensor<Float>, by function: String) throws(ModelError) {
        try self.init(.numbers(numbers), shape: numbers.shape, by: function)
    }

    /// - Throws: also what shape inference throws.
    convenience init(
        _ operation: Operator, _ inputs: [DerivedValue], weights: [String: DerivedWeight] = [:], by function: String
    ) throws(ModelError) {
        let definition = operation.definition
        let kind = type(of: definition)
        guard kind.inputCount.contains(inputs.count) else {
            throw ModelError(Problem("graph.input-count", "operator \(kind.name) has \(inputs.count) inputs"))
        }
        let shapes = WeightShapes(weights.mapValues { .init(shape: $0.value.shape, layout: $0.layout) })
        guard let shape = try definition.outputShape(inputs.map { Shape(known: $0.shape) }, shapes).known else {
            throw ModelError(Problem("graph.shape", "operator \(kind.name) has no shape for inputs of known shapes", kind: .fault))
        }
        try self.init(.operation(operation, inputs, weights: weights), shape: shape, by: function)
    }

    /// - Parameter shape: one of as many elements.
    convenience init(reshaping value: DerivedValue, to shape: [Int], by function: String) throws(ModelError) {
        guard shape.checkedProduct == value.shape.checkedProduct else {
            throw ModelError(Problem("graph.shape", "\(value.shape) cannot be seen as \(shape)"))
        }
        try self.init(.reshaped(value), shape: shape, by: function)
    }

    convenience init(stretching value: DerivedValue, to shape: [Int], by function: String) throws(ModelError) {
        let fits = value.shape.count <= shape.count && zip(value.shape.reversed(), shape.reversed()).allSatisfy { $0 == $1 || $0 == 1 }
        guard fits else { throw ModelError(Problem("graph.shape", "\(value.shape) cannot be stretched to \(shape)")) }
        try self.init(.stretched(value), shape: shape, by: function)
    }

    /// - Parameter places: one for each axis, of one shape.
    convenience init(picking value: DerivedValue, from axis: Int, places: [DerivedValue], by function: String) throws(ModelError) {
        guard let shape = places.first?.shape, axis >= 0, axis + places.count <= value.shape.count, places.allSatisfy({ $0.shape == shape }) else {
            throw ModelError(Problem("graph.shape", "elements of \(value.shape) cannot be picked by \(places.map(\.shape))"))
        }
        let sizes = value.shape[..<axis] + shape + value.shape[(axis + places.count)...]
        try self.init(.picked(value, from: axis, places: places), shape: Array(sizes), by: function)
    }

    convenience init(runningSumOf value: DerivedValue, axis: Int, by function: String) throws(ModelError) {
        guard value.shape.indices.contains(axis) else { throw ModelError(Problem("graph.shape", "\(value.shape) has no axis \(axis)")) }
        try self.init(.runningSum(value, axis: axis), shape: value.shape, by: function)
    }

    convenience init(_ element: ElementFunction, of value: DerivedValue, by function: String) throws(ModelError) {
        try self.init(.element(element, value), shape: value.shape, by: function)
    }
}

/// A derived value as the weight of an operator.
struct DerivedWeight: Sendable {
    let value: DerivedValue
    let layout: KernelLayout
}

/// Functions of one number that no operator of a graph is.
enum ElementFunction: Sendable, Hashable {
    case sine, cosine, floor, truncation
    /// 1 for every number but 0, and for 0 alone.
    case truth, negation
    /// This number to the power of the element.
    case power(of: Float)
}

extension Operator {
    /// Whether every element of the result is one of an input.
    fileprivate var movesElements: Bool {
        switch self {
        case .crop, .concatenate, .transpose, .flip: true
        default: false
        }
    }
}

extension DerivedValue.Step {
    /// What the step reads.
    var values: [DerivedValue] {
        switch self {
        case .weight, .numbers: []
        case .operation(_, let inputs, let weights): inputs + weights.sorted { $0.key < $1.key }.map(\.value.value)
        case .reshaped(let value), .stretched(let value), .element(_, let value), .runningSum(let value, _): [value]
        case .picked(let value, _, let places): [value] + places
        }
    }
}
