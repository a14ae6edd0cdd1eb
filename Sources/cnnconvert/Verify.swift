import ArgumentParser
import CNNConversion
import ModelCore

struct Verify: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Check that a .cnnm is whole and computes what it says.",
        discussion: "Exits 0 when every difference is explained by rounding, 1 when some is not.")

    @Argument(help: "The .cnnm file.")
    var model: String

    @Option(help: "The file that it was converted from: network and every weight are compared with it.")
    var against: String?

    @Option(help: "The architecture of that file, if it has weights only.")
    var config: String?

    @Option(
        help:
            "The network whose weights that file has, if it has weights only: a name that cnnconvert architectures lists, or a .cnnm of such a PyTorch file, or its header as .json."
    )
    var architecture: String?

    @Option(
        help: "The source framework's own run, an .npz of inputs/NAME, outputs/NAME and activations/LAYER: each recorded layer is held against ours.")
    var golden: String?

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
        options.config = config
        options.architecture = architecture
        options.golden = golden
        options.checksAll = all
        options.threads = threading.count
        let result = try ModelVerification.verify(model, options: options) { bar.show($0) }
        bar.clear()
        StandardOutput.write(json ? result.json : text(result))
        if result.isDifferent { throw ExitCode(1) }
    }

    private func text(_ result: ModelVerification.Result) -> String {
        var text = "\(result.verdict): "
        switch result.verdict {
        case "identical": text += "both engines gave the same bits\n"
        case "rounding": text += "the largest difference is \(Format.ratio(result.rho)) of what rounding allows\n"
        case "inconclusive": text += "some values are NaN, infinite or beyond Float32\n"
        default: text += "rounding does not explain the difference\n"
        }
        if let diagnosis = result.diagnosis {
            text += "  layer '\(ErrorText.clean(diagnosis.node))': \(ErrorText.clean(diagnosis.finding)) (\(diagnosis.mistake))\n"
            text += "  \(diagnosis.evidence)\n"
        }
        for problem in result.differences { text += "  [\(problem.code)] \(ErrorText.clean(problem.message))\n" }
        text += "\n" + Self.table(result.layers)
        if !result.recorded.isEmpty { text += "\nthe framework's own run:\n" + Self.table(result.recorded) }
        return text
    }

    private static func table(_ layers: [ModelVerification.Layer]) -> String {
        var table = Table("layer", "operator", "checked", "rho", "verdict")
        for layer in layers {
            table.add(ErrorText.clean(layer.name), layer.operation, "\(layer.checked)/\(layer.count)", Format.ratio(layer.rho), layer.verdict)
        }
        return table.text
    }
}
