import Foundation
import ModelGraph
import Verification

/// What the verifier said of executions that differ by rounding alone.
struct RoundingReport: Sendable {
    private struct Row: Sendable {
        var trials = 0
        var alarms = 0
        var inconclusive = 0
        var rho = 0.0
        var worst = ""
    }

    private var rows: [String: Row] = [:]

    var isSound: Bool { rows.values.allSatisfy { $0.alarms == 0 } }

    mutating func add(_ node: NodeReport, _ execution: Execution, number: Int) {
        var row = Row(trials: 1)
        row.rho = node.rho
        row.worst = Self.form(of: execution.operation)
        switch node.verdict {
        case .different:
            row.alarms = 1
            row.rho = 0
            note("false alarm: trial \(number), \(node.operation) \(row.worst), rho \(node.rho): \(node.worst.map { "\($0)" } ?? "")")
        case .inconclusive: row.inconclusive = 1
        case .identical, .rounding: break
        }
        merge(node.operation, row)
    }

    mutating func add(_ other: RoundingReport) {
        for (name, row) in other.rows { merge(name, row) }
    }

    private mutating func merge(_ name: String, _ row: Row) {
        var mine = rows[name] ?? Row()
        mine.trials += row.trials
        mine.alarms += row.alarms
        mine.inconclusive += row.inconclusive
        if row.rho > mine.rho { (mine.rho, mine.worst) = (row.rho, row.worst) }
        rows[name] = mine
    }

    /// What of an operator with several formulas it was.
    private static func form(of operation: Operator) -> String {
        switch operation {
        case .activation(let activation): activation.function.name
        case .merge(let merge): merge.kind.rawValue
        case .softmax(let softmax): softmax.kind.rawValue
        case .reduce(let reduce): reduce.kind.rawValue
        case .rowNormalization(let normalization): normalization.kind.rawValue
        case .resize(let resize): resize.interpolation.name
        case .pooling(let pooling): pooling.kind.rawValue
        case .globalPooling(let pooling): pooling.kind.rawValue
        case .adaptivePooling(let pooling): pooling.kind.rawValue
        default: ""
        }
    }

    func markdown(_ options: EvidenceOptions) -> String {
        var table = Table(["operator", "trials", "false alarms", "inconclusive", "largest rho", "of"])
        for (name, row) in rows.sorted(by: { $0.key < $1.key }) { table.add(Self.cells("`\(name)`", row)) }
        var whole = Row()
        for row in rows.values {
            whole.trials += row.trials
            whole.alarms += row.alarms
            whole.inconclusive += row.inconclusive
            whole.rho = max(whole.rho, row.rho)
        }
        table.add(Self.cells("all", whole))
        return """
            ## Rounding

            `\(options.command(.rounding))`

            \(table.markdown)

            """
    }

    private static func cells(_ name: String, _ row: Row) -> [String] {
        [name, row.trials.grouped, row.alarms.grouped, row.inconclusive.grouped, String(format: "%.3f", row.rho), row.worst]
    }
}
