import ModelCore
import ModelGraph

// Functions that PyTorch's parametrizations of weights call.
extension TorchFlow {
    /// `v * (g / |v|)`, the norm being over all axes but one, or over all.
    mutating func normalizedWeight() throws(ModelError) -> [TorchValue] {
        let (direction, length) = (try weightArgument("v"), try weightArgument("g"))
        let norm = try normOfRows(direction, part: "norm")
        let factor = try emit("factor", Merge(.divide).erased, [length, norm])
        return [.tensor(try emit(Merge(.multiply).erased, [direction, factor])), .tensor(norm)]
    }

    mutating func normExceptAxis() throws(ModelError) -> String {
        guard try number("pow", default: 2) == 2 else { throw unsupported("is another norm than the Euclidean") }
        return try normOfRows(try weightArgument("v"), part: nil)
    }

    private mutating func weightArgument(_ name: String) throws(ModelError) -> String {
        guard derived != nil else { throw unsupported("has a '\(name)' that depends on an input") }
        return try tensor(name)
    }

    private mutating func normOfRows(_ value: String, part: String?) throws(ModelError) -> String {
        let rank = shape(value).rank
        let given = try integer("dim", default: 0)
        let kept = given == -1 ? nil : try axis(given, rank: rank)
        let axes = (0..<rank).filter { $0 != kept }
        let squares = try emit("squares", Merge(.multiply).erased, [value, value])
        var sum = axes.isEmpty ? squares : try emit("sum", Reduce(kind: .sum, axes: axes, keepsAxes: kept != nil).erased, [squares])
        if axes.isEmpty { sum = squares }
        let root = Activation(.squareRoot).erased
        return if let part { try emit(part, root, [sum]) } else { try emit(root, [sum]) }
    }

    /// A matrix times a vector.
    mutating func matrixTimesVector() throws(ModelError) -> String {
        let (matrix, vector) = (try weightArgument("self"), try weightArgument("vec"))
        return try sumOfProducts(matrix, vector, axis: 1)
    }

    /// The sum of products of two vectors.
    mutating func innerProduct(_ function: TorchFunction) throws(ModelError) -> String {
        let (left, right) = (try weightArgument("self"), try weightArgument(function == .vdot ? "other" : "tensor"))
        return try sumOfProducts(left, right, axis: 0)
    }

    private mutating func sumOfProducts(_ left: String, _ right: String, axis: Int) throws(ModelError) -> String {
        guard shape(left).rank == axis + 1, shape(right).rank == 1, shape(left)[axis] == shape(right)[0] else {
            throw unsupported("multiplies \(shape(left)) by \(shape(right))")
        }
        let products = try emit("products", Merge(.multiply).erased, [left, right])
        return try emit(Reduce(kind: .sum, axes: [axis], keepsAxes: false).erased, [products])
    }

    /// A function of one element that no operator of a graph is.
    mutating func elementFunction(_ function: TorchFunction) throws(ModelError) -> String {
        guard derived != nil else { throw unsupported("is known of weights alone, and not of what depends on an input") }
        let element: ElementFunction =
            switch function {
            case .sin: .sine
            case .cos: .cosine
            default: .truncation
            }
        return try derive(element, of: try input())
    }

    /// A quotient rounded down, or towards zero.
    mutating func wholeQuotient(_ rounding: String = "floor") throws(ModelError) -> String {
        guard derived != nil else { throw unsupported("rounds what is no size") }
        guard ["floor", "trunc"].contains(rounding) else { throw unsupported("rounds in mode '\(rounding)'") }
        let (left, right) = (try tensor("self"), try tensor("other"))
        let quotient = try emit("quotient", Merge(.divide).erased, [left, right])
        return try derive(rounding == "floor" ? .floor : .truncation, of: quotient)
    }

    /// The sums of each element and all before it along an axis.
    mutating func runningSum() throws(ModelError) -> String {
        guard derived != nil else { throw unsupported("is known of weights alone, and not of what depends on an input") }
        let input = try input()
        if argument(["dtype"]) != .text("int64") { try requireFloat32() }
        let axis = try axis(try integer("dim"), rank: shape(input).rank)
        return try keep(try DerivedValue(runningSumOf: try value(input), axis: axis, by: call.function), nil)
    }

    /// The opposite of truth values; of numbers `logical_not` says which are 0.
    mutating func negated(_ function: TorchFunction) throws(ModelError) -> String {
        guard derived != nil else { throw unsupported("is known of weights alone, and not of what depends on an input") }
        let input = try input()
        let isTruth = try value(input).isTruth
        guard isTruth || function == .logicalNot else { throw unsupported("turns the bits of numbers around") }
        return try derive(.negation, of: input)
    }
}
