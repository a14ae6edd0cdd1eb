import Dispatch
import ModelCore
import ModelGraph

/// What an operator computes from, after all checks: inputs of at least one element each, whose shapes and weights agree.
struct Operands<Scalar: ReferenceScalar>: Sendable {
    let inputs: [Tensor<Scalar>]
    let weights: [String: ReferenceWeight]
    let weightShapes: WeightShapes
    let outputShape: [Int]

    /// The first input.
    var input: Tensor<Scalar> { inputs[0] }

    /// A weight that the operator cannot do without.
    func weight(_ role: String) throws(ModelError) -> ReferenceWeight {
        guard let weight = weights[role] else {
            throw ModelError(Problem("run.weight-role", "there is no weight '\(role)'"))
        }
        return weight
    }

    /// The elements of a small weight that may be absent.
    func vector(_ role: String) -> [Scalar]? { weights[role].map { Scalar.widening($0.values).scalars } }

    /// The elements of a small weight that the operator cannot do without.
    func required(_ role: String) throws(ModelError) -> [Scalar] { Scalar.widening(try weight(role).values).scalars }
}

/// An operator whose meaning is defined here.
protocol ReferenceOperator: OperatorDefinition {
    /// The function from an element's row-major position to the element.
    func elements<Scalar: ReferenceScalar>(_ operands: Operands<Scalar>) throws(ModelError) -> @Sendable (Int) -> Scalar
}

extension Reference {
    /// Checks everything and gives the elements on demand.
    static func prepare<Scalar: ReferenceScalar>(
        _ operation: Operator, _ inputs: [Tensor<Scalar>], _ weights: [String: ReferenceWeight]
    ) throws(ModelError) -> Evaluation<Scalar> {
        if case .sized(let sized) = operation { return try prepare(sized.resolved(inputs.map(\.shape)), Array(inputs.prefix(1)), weights) }
        let operands = try operands(operation, inputs, weights)
        return Evaluation(shape: operands.outputShape, element: try elements(operation, operands))
    }

    /// Checks everything.
    static func operands<Scalar: ReferenceScalar>(
        _ operation: Operator, _ inputs: [Tensor<Scalar>], _ weights: [String: ReferenceWeight]
    ) throws(ModelError) -> Operands<Scalar> {
        let definition = operation.definition
        let kind = type(of: definition)
        guard kind.inputCount.contains(inputs.count) else {
            throw ModelError(Problem("run.input-count", "operator \(kind.name) has \(inputs.count) inputs"))
        }
        for role in kind.weightRoles where role.isRequired && weights[role.name] == nil {
            throw ModelError(Problem("run.weight-role", "operator \(kind.name) has no weight '\(role.name)'"))
        }
        for input in inputs { try check(input.shape, "an input") }
        let shapes = WeightShapes(weights.mapValues { .init(shape: $0.values.shape, layout: $0.layout) })
        let output = try definition.outputShape(inputs.map { Shape(known: $0.shape) }, shapes)
        guard let shape = output.known else {
            throw ModelError(Problem("run.shape", "operator \(kind.name) has no shape for inputs of known shapes", kind: .fault))
        }
        try check(shape, "the output")
        return Operands(inputs: inputs, weights: weights, weightShapes: shapes, outputShape: shape)
    }

    private static func check(_ shape: [Int], _ what: String) throws(ModelError) {
        guard shape.allSatisfy({ $0 >= 1 }) else {
            throw ModelError(Problem("run.empty", "\(what) of shape \(shape) has an empty axis"))
        }
        guard shape.allSatisfy({ $0 <= GraphLimits.size }), let count = shape.checkedProduct, count <= elementLimit else {
            throw ModelError(Problem("run.too-large", "\(what) of shape \(shape) has more than \(elementLimit) elements or too long an axis"))
        }
    }

    // A switch, not a call through the protocol, so that each operator is specialised for both types.
    private static func elements<Scalar: ReferenceScalar>(
        _ operation: Operator, _ operands: Operands<Scalar>
    ) throws(ModelError) -> @Sendable (Int) -> Scalar {
        switch operation {
        case .activation(let definition): try definition.elements(operands)
        case .adaptivePooling(let definition): try definition.elements(operands)
        case .batchNormalization(let definition): try definition.elements(operands)
        case .concatenate(let definition): try definition.elements(operands)
        case .constant(let definition): try definition.elements(operands)
        case .convolution(let definition): try definition.elements(operands)
        case .crop(let definition): try definition.elements(operands)
        case .cumulativeSum(let definition): try definition.elements(operands)
        case .dense(let definition): try definition.elements(operands)
        case .dot(let definition): try definition.elements(operands)
        case .embedding(let definition): try definition.elements(operands)
        case .flatten(let definition): try definition.elements(operands)
        case .flip(let definition): try definition.elements(operands)
        case .foldBatch(let definition): try definition.elements(operands)
        case .gatedLinearUnit(let definition): try definition.elements(operands)
        case .globalPooling(let definition): try definition.elements(operands)
        case .groupNormalization(let definition): try definition.elements(operands)
        case .identity(let definition): try definition.elements(operands)
        case .locallyConnected(let definition): try definition.elements(operands)
        case .matMul(let definition): try definition.elements(operands)
        case .merge(let definition): try definition.elements(operands)
        case .pad(let definition): try definition.elements(operands)
        case .pooling(let definition): try definition.elements(operands)
        case .prelu(let definition): try definition.elements(operands)
        case .reduce(let definition): try definition.elements(operands)
        case .rescaling(let definition): try definition.elements(operands)
        case .reshape(let definition): try definition.elements(operands)
        case .resize(let definition): try definition.elements(operands)
        case .rowNormalization(let definition): try definition.elements(operands)
        // What it is for these sizes was prepared in its place.
        case .sized: throw ModelError(Problem("run.shape", "the operator sized is not known for its sizes", kind: .fault))
        case .softmax(let definition): try definition.elements(operands)
        case .standardization(let definition): try definition.elements(operands)
        case .transpose(let definition): try definition.elements(operands)
        case .transposedConvolution(let definition): try definition.elements(operands)
        case .unfoldBatch(let definition): try definition.elements(operands)
        }
    }

    /// Every element, each thread a contiguous part.
    static func fill<Scalar: ReferenceScalar>(_ evaluation: Evaluation<Scalar>, threads: Int) throws(ModelError) -> Tensor<Scalar> {
        let scalars = elements(evaluation.count, threads: threads, evaluation.element)
        guard let tensor = Tensor(shape: evaluation.shape, scalars: scalars) else {
            throw ModelError(Problem("run.shape", "an output of shape \(evaluation.shape) has \(scalars.count) elements", kind: .fault))
        }
        return tensor
    }

    /// `element` of each number below `count`, each thread a contiguous part.
    package static func elements<Element>(_ count: Int, threads: Int, _ element: @Sendable (Int) -> Element) -> [Element] {
        [Element](unsafeUninitializedCapacity: count) { buffer, initializedCount in
            nonisolated(unsafe) let cells = buffer
            share(count, threads: threads) { part in
                for position in part { cells.initializeElement(at: position, to: element(position)) }
            }
            initializedCount = count
        }
    }

    /// Calls `body` with contiguous parts of the numbers below `count`, one for each thread.
    package static func share(_ count: Int, threads: Int, _ body: @Sendable (Range<Int>) -> Void) {
        let parts = min(max(threads, 1), 1024, count)
        if parts == 1 {
            body(0..<count)
        } else {
            DispatchQueue.concurrentPerform(iterations: parts) { part in body(count * part / parts..<count * (part + 1) / parts) }
        }
    }
}
