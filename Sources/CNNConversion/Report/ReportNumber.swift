/// Sizes of errors for people.
package enum ReportNumber {
    /// `0`, `0.500`, `12.35`, `4.0e5`, `inf`: a number from 0 up, to about three digits.
    package static func text(_ value: Double) -> String {
        guard value.isFinite else { return value.isNaN ? "nan" : "inf" }
        guard value > 0 else { return "0" }
        guard value >= 0.001, value < 99_999.5 else { return scientific(value) }
        return fixed(value, places: value < 9.9995 ? 3 : value < 99.995 ? 2 : value < 999.95 ? 1 : 0)
    }

    /// A number below 2^53 / 1000 with up to 3 decimals.
    static func fixed(_ value: Double, places: Int) -> String {
        let scale = [1, 10, 100, 1000][min(max(places, 0), 3)]
        guard let scaled = Int(exactly: (value.magnitude * Double(scale)).rounded()) else { return "\(value)" }
        let sign = value < 0 && scaled > 0 ? "-" : ""
        guard scale > 1 else { return sign + String(scaled) }
        let rest = String(scaled % scale + scale).dropFirst()
        return "\(sign)\(scaled / scale).\(rest)"
    }

    /// `1,234,567`.
    package static func grouped(_ number: Int) -> String {
        let digits = String(number.magnitude)
        let groups = digits.enumerated().map { position, digit in
            position > 0 && (digits.count - position) % 3 == 0 ? ",\(digit)" : String(digit)
        }
        return (number < 0 ? "-" : "") + groups.joined()
    }

    private static func scientific(_ value: Double) -> String {
        var exponent = 0
        var mantissa = value
        while mantissa < 1 {
            mantissa *= 10
            exponent -= 1
        }
        while mantissa >= 9.95 {
            mantissa /= 10
            exponent += 1
        }
        return fixed(mantissa, places: 1) + "e\(exponent)"
    }
}
