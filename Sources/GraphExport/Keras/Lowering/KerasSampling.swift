import ModelCore
import ModelGraph

/// Which elements along an axis make an element of the result, where sizes are known when the network runs: a matrix `[result, input]`.
enum KerasSampling {
    case resized(Interpolation, ResizePositions)
    /// The mean of a window, as adaptive pooling divides an axis.
    case averaged
    /// The element so many places before, or behind; 0 where there is none.
    case shifted(by: SizeExpression<SizeReference>, isCropped: Bool)
}

extension KerasFormula {
    /// - Parameters:
    ///   - rows: the places of the result.
    ///   - columns: those of the input.
    mutating func matrix(_ interpolation: Interpolation, _ positions: ResizePositions, rows: KerasOpenAxis, columns: KerasOpenAxis)
        throws(KerasObstacle)
        -> Value
    {
        let one = Value.number(1)
        let step =
            positions == .alignedCorners
            ? self(.divide, self(.subtract, columns.count, one), self(.maximum, self(.subtract, rows.count, one), one))
            : self(.divide, columns.count, rows.count)
        var place = self(.multiply, rows.starts(and: positions == .halfPixel ? 0.5 : 0, &self), step)
        switch interpolation {
        case .nearest:
            // Numbers on either side of a whole number above 0 are no closer than 1 / apart in Float32.
            let apart = Value.number(0x1p24)
            let isNotBefore = isAboveZero(self(.add, self(.multiply, self(.subtract, place, columns.starts(&self)), apart), one))
            let isNotAfter = isAboveZero(self(.multiply, self(.subtract, columns.ends, place), apart))
            return self(.multiply, isNotBefore, isNotAfter)
        case .linear:
            if positions == .halfPixel { place = self(.subtract, place, .number(0.5)) }
            place = self(.minimum, self(.maximum, place, .number(0)), self(.subtract, columns.count, one))
            // The weights as interpolation rounds them: what is left of 1, and what place is past the element before.
            let past = self(.subtract, place, columns.starts(and: -1, &self))
            return self(.relu, self(.minimum, past, self(.subtract, columns.ends, place)))
        case .cubic, .cubicReplicated, .lanczos, .area:
            throw KerasObstacle("interpolates by a \(interpolation.name) kernel between sizes that are known when the network runs")
        }
    }

    /// 1 for the elements of each window, 0 for others: element q is in window i of n if `i * size < (q + 1) * n` and `q * n < (i + 1) * size`.
    mutating func windows(rows: KerasOpenAxis, columns: KerasOpenAxis) -> Value {
        func less(_ formula: inout KerasFormula, _ a: KerasOpenAxis, _ b: KerasOpenAxis) -> Value {
            let ends = formula(.multiply, a.ends, b.count)
            let starts = formula(.multiply, b.starts(&formula), a.count)
            return formula.isAboveZero(formula(.subtract, ends, starts))
        }
        return self(.multiply, less(&self, columns, rows), less(&self, rows, columns))
    }

    /// 1 where one place is `amount / divisor`, rounded down, after the other.
    mutating func shifts(by amount: Value, over divisor: Int, from first: KerasOpenAxis, to second: KerasOpenAxis) -> Value {
        let one = Value.number(1)
        let difference = self(.subtract, second.ends, first.ends)
        // `divisor * difference <= amount < divisor * (difference + 1)`.
        let rest = self(.subtract, amount, self(.multiply, difference, .number(Double(divisor))))
        let isNotBelow = isAboveZero(self(.add, rest, one))
        let isNotAbove = isAboveZero(self(.subtract, .number(Double(divisor)), rest))
        return self(.multiply, isNotBelow, isNotAbove)
    }
}
