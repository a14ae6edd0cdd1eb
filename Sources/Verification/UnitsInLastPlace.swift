/// How far a Float32 result is from the exact one, counted in steps of Float32.
///
/// `|got - exact| / ulp(Float(exact))`: the step is that of the number nearest to the exact result, and 2^-149 below the smallest normal number. A
/// correctly rounded result is at most 0.5 away.
package enum UnitsInLastPlace {
    /// 0 where both are NaN or the same infinity, an exact result beyond Float32 counted as infinite; infinity where only one is.
    package static func between(_ got: Float, _ exact: Double) -> Double {
        let nearest = Float(exact)
        if got.isFinite, nearest.isFinite { return abs(Double(got) - exact) / Double(nearest.ulp) }
        return got == nearest || got.isNaN && nearest.isNaN ? 0 : .infinity
    }
}
