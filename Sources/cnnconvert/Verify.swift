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

    @Option(help: "The architecture of that file, if it has weights only or was converted with another one.")
    var config: String?

    @Option(
        help:
            "The network whose weights that file has, if it has weights only: a name that cnnconvert architectures lists, or a .cnnm of such a PyTorch file, or its header as .json."
    )
    var architecture: String?

    @Option(help: "Where the network is in that file, if it is a checkpoint of PyTorch that holds several: model_ema.")
    var entry: String?

    @OptionGroup var openSizes: OpenSizes

    @Option(
        help: "The source framework's own run, an .npz of inputs/NAME, outputs/NAME and activations/LAYER: each recorded layer is held against ours.")
    var golden: String?

    @Flag(help: "Recompute every element, not a sample of each layer.")
    var all = false

    @Flag(help: "Print one JSON object.")
    var json = false

    @Option(help: "Also write a page for a browser: the network, every layer's error against its bound, and what differs as images.")
    var html: String?

    @OptionGroup var threading: Threading

    func run() throws {
        let bar = ProgressBar()
        defer { bar.clear() }
        var options = ModelVerification.Options()
        options.source = against
        options.config = config
        options.architecture = architecture
        options.entry = entry
        options.inputShapes = try openSizes.shapes()
        options.golden = golden
        options.checksAll = all
        options.threads = threading.count
        let result = try ModelVerification.verify(model, options: options, page: html) { bar.show($0) }
        bar.clear()
        StandardOutput.write(json ? try result.json() : VerificationText(result: result, isColoured: StandardOutput.isColoured).text)
        if result.isDifferent { throw ExitCode(1) }
    }
}
