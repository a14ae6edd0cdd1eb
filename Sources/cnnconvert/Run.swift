import ArgumentParser
import CNNConversion

struct Run: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Apply a .cnnm to NumPy arrays.",
        discussion: "Arrays are in the model's own layout, as inspect shows it.")

    @Argument(help: "The .cnnm file.")
    var model: String

    @Option(help: "A .npy file, once for each input in order, NAME=FILE.npy, or an .npz that holds them by name.")
    var input: [String]

    @Option(help: "Where to write: a .npy (one output) or an .npz by output name.")
    var output: String

    @Option(help: "The order of axes of the given and written arrays, where it is not the model's own: nhwc or nchw.")
    var layout: Execution.CallerLayout?

    @Option(help: "Record every layer in this .npz.")
    var activations: String?

    @Option(help: "The engine: fast or reference.")
    var engine = Execution.Engine.fast

    @OptionGroup var threading: Threading

    func run() throws {
        var request = Execution.Request(model: model, inputs: input, output: output)
        request.layout = layout
        request.activations = activations
        request.engine = engine
        request.threads = threading.count
        try Execution.run(request)
    }
}

extension Execution.Engine: ExpressibleByArgument {}
extension Execution.CallerLayout: ExpressibleByArgument {}
