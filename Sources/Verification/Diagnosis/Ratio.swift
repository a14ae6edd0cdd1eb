import ModelCore

/// Numbers in the sentences of a diagnosis.
enum Ratio {
    /// About two digits: `0.3`, `4e5`, `infinity`.
    static func text(_ value: Double) -> String {
        guard value.isFinite else { return value.isNaN ? "no number" : "infinity" }
        guard value != 0 else { return "0" }
        var (mantissa, exponent) = (abs(value), 0)
        while mantissa >= 10 { (mantissa, exponent) = (mantissa / 10, exponent + 1) }
        while mantissa < 1 { (mantissa, exponent) = (mantissa * 10, exponent - 1) }
        mantissa = (mantissa * 10).rounded() / 10
        let sign = value < 0 ? "-" : ""
        if (-2...3).contains(exponent) {
            let scale = exponent < 0 ? 1000.0 : exponent > 1 ? 1.0 : 10.0
            let number = (abs(value) * scale).rounded() / scale
            return sign + (number == number.rounded() ? "\(Int(number))" : "\(number)")
        }
        return sign + (mantissa == mantissa.rounded() ? "\(Int(mantissa))" : "\(mantissa)") + "e\(exponent)"
    }
}
