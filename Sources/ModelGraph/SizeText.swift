import ModelCore

/// Sizes as files have them: `-1, x1[2], (x0[3] - 1) // 2`, where `x1[2]` is the size of axis 2 of input 1, `//` rounds down, and there are
/// `max(a, b)` and `min(a, b)`.
struct SizeText {
    private let characters: [UInt8]
    private var position = 0
    private var depth = 0

    private static let depthLimit = SizeExpression<SizeReference>.limit

    /// - Returns: `nil` for what is no list of sizes.
    static func sizes(_ text: String) -> [SizeExpression<SizeReference>]? {
        var reader = SizeText(characters: Array(text.utf8).filter { $0 != UInt8(ascii: " ") })
        if reader.characters.isEmpty { return [] }
        var sizes: [SizeExpression<SizeReference>] = []
        repeat {
            guard let size = reader.sum() else { return nil }
            sizes.append(size)
        } while reader.accept(",")
        return reader.position == reader.characters.count ? sizes : nil
    }

    static func text(_ sizes: [SizeExpression<SizeReference>]) -> String { sizes.map { text($0, isPart: false) }.joined(separator: ", ") }

    private static func text(_ size: SizeExpression<SizeReference>, isPart: Bool) -> String {
        switch size {
        case .constant(let value): return String(value)
        case .size(let source): return "x\(source.input)[\(source.axis)]"
        case .combination(let operation, let left, let right):
            let symbol: String
            switch operation {
            case .maximum: return "max(\(text(left, isPart: false)), \(text(right, isPart: false)))"
            case .minimum: return "min(\(text(left, isPart: false)), \(text(right, isPart: false)))"
            case .add: symbol = "+"
            case .subtract: symbol = "-"
            case .multiply: symbol = "*"
            case .divide: symbol = "//"
            }
            let whole = "\(text(left, isPart: true)) \(symbol) \(text(right, isPart: true))"
            return isPart ? "(\(whole))" : whole
        }
    }

    // MARK: Reading

    private mutating func accept(_ symbol: String) -> Bool {
        guard characters[position...].starts(with: symbol.utf8) else { return false }
        position += symbol.utf8.count
        return true
    }

    private mutating func sum() -> SizeExpression<SizeReference>? {
        guard depth < Self.depthLimit, var left = product() else { return nil }
        while true {
            let operation: SizeOperation
            if accept("+") { operation = .add } else if accept("-") { operation = .subtract } else { return left }
            guard let right = product(), let whole = SizeExpression.combined(operation, left, right) else { return nil }
            left = whole
        }
    }

    private mutating func product() -> SizeExpression<SizeReference>? {
        guard var left = factor() else { return nil }
        while true {
            let operation: SizeOperation
            if accept("*") { operation = .multiply } else if accept("//") { operation = .divide } else { return left }
            guard let right = factor(), let whole = SizeExpression.combined(operation, left, right) else { return nil }
            left = whole
        }
    }

    private mutating func factor() -> SizeExpression<SizeReference>? {
        depth += 1
        defer { depth -= 1 }
        if accept("(") {
            guard let inner = sum(), accept(")") else { return nil }
            return inner
        }
        for (name, operation) in [("max(", SizeOperation.maximum), ("min(", .minimum)] where accept(name) {
            guard let left = sum(), accept(","), let right = sum(), accept(")") else { return nil }
            return SizeExpression.combined(operation, left, right)
        }
        if accept("x") {
            guard let input = number(), accept("["), let axis = number(), accept("]"), input >= 0, axis >= 0 else { return nil }
            return .size(SizeReference(input: input, axis: axis))
        }
        return number().map(SizeExpression.constant)
    }

    private mutating func number() -> Int? {
        let start = position
        if characters[position...].first == UInt8(ascii: "-") { position += 1 }
        while let digit = characters[position...].first, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(digit) { position += 1 }
        return Int(String(decoding: characters[start..<position], as: UTF8.self))
    }
}
