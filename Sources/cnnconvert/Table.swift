import CNNConversion

/// Columns of text.
struct Table {
    private var rows: [[String]] = []

    init(_ header: String...) { rows = [header] }

    mutating func add(_ cells: String...) { rows.append(cells) }

    /// Left-aligned columns, numbers right-aligned.
    var text: String {
        let columns = rows.first?.count ?? 0
        let widths = (0..<columns).map { column in rows.map { $0[column].count }.max() ?? 0 }
        return rows.enumerated().map { position, row in
            let cells = row.enumerated().map { column, cell in
                let isNumber = position > 0 && cell.first?.isNumber == true
                return isNumber ? cell.padded(to: widths[column], atStart: true) : cell.padded(to: widths[column])
            }
            var line = cells.joined(separator: "  ")
            while line.utf8.last == UInt8(ascii: " ") { line.removeLast() }
            return line + "\n"
        }.joined()
    }
}

extension String {
    func padded(to width: Int, atStart: Bool = false) -> String {
        let filler = String(repeating: " ", count: max(width - count, 0))
        return atStart ? filler + self : self + filler
    }
}

/// Numbers for people.
enum Format {
    /// `1,234,567`.
    static func count(_ number: Int) -> String { ReportNumber.grouped(number) }

    /// `98.3 MiB`.
    static func bytes(_ number: Int) -> String {
        let units = ["bytes", "KiB", "MiB", "GiB", "TiB"]
        var value = Double(number)
        var unit = 0
        while value >= 1024, unit < units.count - 1 {
            value /= 1024
            unit += 1
        }
        return unit == 0 ? "\(number) bytes" : "\(decimals(value, 1)) \(units[unit])"
    }

    /// A number with this many decimals.
    static func decimals(_ value: Double, _ places: Int) -> String {
        guard value.isFinite else { return "\(value)" }
        let scale = (0..<places).reduce(1.0) { product, _ in product * 10 }
        let scaled = (value.magnitude * scale).rounded()
        guard scaled < 1e15 else { return "\(value)" }
        let whole = Int(scaled / scale)
        let rest = Int(scaled) - whole * Int(scale)
        let digits = String(rest)
        return (value < 0 ? "-" : "") + "\(whole)" + (places == 0 ? "" : "." + String(repeating: "0", count: places - digits.count) + digits)
    }

    /// `0.013`, `1.2e-05`: a ratio to about two digits.
    static func ratio(_ value: Double) -> String {
        guard value.isFinite, value != 0, value < 0.001 else { return decimals(value, 3) }
        var exponent = 0
        var mantissa = value
        while mantissa < 1 {
            mantissa *= 10
            exponent -= 1
        }
        return "\(decimals(mantissa, 1))e\(exponent)"
    }

    /// `0.5`, or `[1.0, 0.5]`.
    static func numbers(_ values: [Double]) -> String {
        values.count == 1 ? "\(values[0])" : "\(values)"
    }

    static func shape(_ sizes: [Int?]) -> String {
        "[" + sizes.map { $0.map(String.init) ?? "?" }.joined(separator: ", ") + "]"
    }
}
