import ArgumentParser
import ByteIO
import CNNConversion
import ModelCore
import Verification

struct Verify: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Check that a .cnnm is whole and computes what it says.",
        discussion: "Exits 0 when every difference is explained by rounding, 1 when some is not.")

    @Argument(help: "The .cnnm file.")
    var model: String

    @Option(help: "The file that it was converted from: network and every weight are compared with it.")
    var against: String?

    @Flag(help: "Recompute every element, not a sample of each layer.")
    var all = false

    @Flag(help: "Print one JSON object.")
    var json = false

    @OptionGroup var threading: Threading

    func run() throws {
        let bar = ProgressBar()
        defer { bar.clear() }
        var options = ModelVerification.Options()
        options.source = against
        options.checksAll = all
        options.threads = threading.count
        let result = try ModelVerification.verify(model, options: options) { bar.show($0) }
        bar.clear()
        StandardOutput.write(json ? try jsonText(result) : text(result))
        if result.verdict == .different { throw ExitCode(1) }
    }

    private func text(_ result: ModelVerification.Result) -> String {
        var text = "\(result.verdict.rawValue): "
        switch result.verdict {
        case .identical: text += "both engines gave the same bits\n"
        case .rounding: text += "the largest difference is \(Format.ratio(result.report.rho)) of what rounding allows\n"
        case .inconclusive: text += "some values are NaN, infinite or beyond Float32\n"
        case .different: text += "rounding does not explain the difference\n"
        }
        for problem in result.differences { text += "  [\(problem.code)] \(ErrorText.clean(problem.message))\n" }
        var table = Table("layer", "operator", "checked", "rho", "verdict")
        for node in result.report.nodes {
            table.add(ErrorText.clean(node.name), node.operation, "\(node.checked)/\(node.count)", Format.ratio(node.rho), node.verdict.rawValue)
        }
        return text + "\n" + table.text
    }

    private func jsonText(_ result: ModelVerification.Result) throws -> String {
        let nodes = result.report.nodes.map { node -> JSONValue in
            [
                "name": .string(node.name), "operator": .string(node.operation), "verdict": .string(node.verdict.rawValue),
                "checked": .integer(node.checked), "count": .integer(node.count),
                "rho": node.rho.isFinite ? .number(node.rho) : .null,
                "worst": node.worst.map { worst in
                    [
                        "engine": .string(worst.engine), "index": .array(worst.index.map(JSONValue.integer)), "got": Self.number(worst.got),
                        "exact": Self.number(worst.exact), "bound": Self.number(worst.bound),
                    ]
                } ?? .null,
            ]
        }
        let inputs = result.report.inputs.sorted { $0.key < $1.key }.map { name, shape -> JSONValue in
            ["name": .string(name), "shape": .array(shape.map(JSONValue.integer))]
        }
        let object: JSONValue = [
            "verdict": .string(result.verdict.rawValue), "rho": Self.number(result.report.rho), "inputs": .array(inputs), "nodes": .array(nodes),
            "differences": .array(result.differences.map { ["code": .string($0.code), "message": .string($0.message)] }),
        ]
        return String(decoding: try JSON.serialize(object, style: .pretty), as: UTF8.self) + "\n"
    }

    private static func number(_ value: Double) -> JSONValue { value.isFinite ? .number(value) : .null }
}
