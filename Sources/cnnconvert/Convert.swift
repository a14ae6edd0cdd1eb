import ArgumentParser
import CNNConversion
import ModelCore

struct Convert: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Convert a model to .cnnm, or back to Keras or PyTorch, and verify the result (the default command).",
        discussion:
            "The input's format is found from its content, the output's from its name. The output appears under its name only when it is complete and verified."
    )

    @Argument(
        help:
            "The model to convert: a Keras .h5, .keras or .weights.h5 file, the .weights.json of sharded weights, a PyTorch .pt2, .pt or .pth file, a .safetensors or a .cnnm file."
    )
    var input: String

    @Argument(
        help: "The file to write: NAME.cnnm; NAME.h5, NAME.keras or NAME.weights.h5 for Keras; NAME.pth or NAME.safetensors, a state dict of PyTorch."
    )
    var output: String

    @Option(
        help:
            "The architecture of a file that has weights only, or one in place of a Keras file's own: the text of Keras' model.to_json(), a config.json, or a .keras, .h5 or .cnnm file."
    )
    var config: String?

    @Option(
        help:
            "The network whose weights the file has, if it has weights only: a name that cnnconvert architectures lists, or a .cnnm of such a PyTorch file, or its header as .json."
    )
    var architecture: String?

    @Option(
        help:
            "Where the network is in a checkpoint of PyTorch that holds several: its keys joined by dots, model_ema, or what the names begin with. Found where it is not given."
    )
    var entry: String?

    @Flag(help: "Keep tensors of a state dict that no layer reads, such as those of auxiliary classifiers: they come back with the others.")
    var keepUnused = false

    @OptionGroup var openSizes: OpenSizes

    @Flag(inversion: .prefixedNo, help: "Read the result back, compare every weight, and certify both engines.")
    var verify = true

    @Flag(help: "Print what became of the axes of each weight: source axes, permutation, reason.")
    var explainLayout = false

    @OptionGroup var threading: Threading

    func run() throws {
        let clock = ContinuousClock()
        let start = clock.now
        let bar = ProgressBar()
        defer { bar.clear() }
        var options = Conversion.Options()
        options.verifies = verify
        options.config = config
        options.architecture = architecture
        options.entry = entry
        options.keepsUnused = keepUnused
        options.threads = threading.count
        options.inputShapes = try openSizes.shapes()
        let summary = try Conversion.convert(input: input, output: output, options: options) { bar.show($0) }
        bar.clear()
        let (seconds, attoseconds) = (clock.now - start).components
        let time = Format.decimals(Double(seconds) + Double(attoseconds) * 1e-18, 2)
        var text = "read     \(ErrorText.clean(input)): \(summary.format), \(Format.bytes(summary.inputBytes))\n"
        text += "wrote    \(ErrorText.clean(output)): \(summary.layers) layers, \(Format.count(summary.parameters)) parameters, "
        text += "\(Format.bytes(summary.outputBytes)), in \(time) s\n"
        let claim = summary.assumedArchitecture.map { " of \(ErrorText.clean($0.claim))" } ?? ""
        if let verdict = summary.verdict, summary.rho == nil {
            let what = verdict == "rounding" ? "the same network, with some operators put in other terms" : "the same network"
            text += "verified \(verdict)\(claim): read back, \(summary.weights) weights equal bit for bit, \(what)\n"
        } else if let verdict = summary.verdict, let rho = summary.rho {
            text +=
                "verified \(verdict)\(claim): \(summary.weights) weights equal bit for bit; largest difference \(Format.ratio(rho)) of what rounding allows\n"
        } else {
            text += "verified no (--no-verify)\n"
        }
        if let assumption = summary.assumedArchitecture { text += "assumed  \(ErrorText.clean(assumption.explanation))\n" }
        for (name, sizes) in summary.trialSizes.sorted(by: { $0.key < $1.key }) {
            text += "tried    input '\(ErrorText.clean(name))', whose sizes are open, with \(sizes)\n"
        }
        for remark in summary.remarks + Self.remarks(summary) { text += "note     \(ErrorText.clean(remark))\n" }
        if explainLayout { text += "\n" + LayoutText.table(summary.weightLayouts) }
        StandardOutput.write(text)
    }
}

extension Convert {
    /// What is said of tensors that were left out.
    private static func remarks(_ summary: Conversion.Summary) -> [String] {
        func list(_ names: [String]) -> String {
            let shown = names.prefix(5).joined(separator: ", ") + (names.count > 5 ? " and \(names.count - 5) more" : "")
            return "\(names.count) \(names.count == 1 ? "tensor" : "tensors") of the state dict: \(shown)"
        }
        var remarks: [String] = []
        if !summary.unusedTensors.isEmpty {
            remarks.append("left out, for no layer reads them (--keep-unused keeps them): \(list(summary.unusedTensors))")
        }
        if !summary.consumedTensors.isEmpty {
            remarks.append("left out, for weights were computed with them (--keep-unused keeps them): \(list(summary.consumedTensors))")
        }
        return remarks
    }
}

struct OpenSizes: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "How large an input is whose sizes the file leaves open, in its own order of axes; once for each input, in order or by name.",
            valueName: "[NAME=]1,3,224,224"))
    var inputShape: [String] = []

    func shapes() throws(ModelError) -> [InputShape] { try inputShape.map { text throws(ModelError) in try InputShape(text) } }
}

struct Threading: ParsableArguments {
    @Option(help: "Threads to use; as many as there are processors by default.")
    var threads: Int?

    var count: Int { threads ?? ThreadCount.available }

    func validate() throws {
        guard (1...1024).contains(count) else { throw ValidationError("--threads takes a number from 1 to 1024") }
    }
}
