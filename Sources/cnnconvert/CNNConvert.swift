import ArgumentParser
import CNNConversion
import ModelCore

@main
struct CNNConvert: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "cnnconvert",
        abstract: "Takes a pretrained convolutional network out of Keras or PyTorch and proves that it arrived whole.",
        discussion: """
            cnnconvert in.h5 out.cnnm converts, reads the result back, compares every weight with its source bit for bit, and certifies both engines
            node by node. Other commands look into models, run them, verify them, compare them and time them.
            """,
        version: Product.version,
        subcommands: [Convert.self, Inspect.self, Run.self, Verify.self, Diff.self, Benchmark.self, Architectures.self],
        defaultSubcommand: Convert.self)

    static func main() {
        Signals.prepare()
        do {
            var command = try parseAsRoot()
            try command.run()
        } catch let error as ModelError {
            StandardError.write(ErrorText.render(error))
            exit(withError: ExitCode(error.exitCode))
        } catch {
            let text = fullMessage(for: error)
            let prefix = "Error: "
            guard exitCode(for: error) == .validationFailure, text.hasPrefix(prefix) else { exit(withError: error) }
            StandardError.write("error[usage]: \(text.dropFirst(prefix.count))\n")
            exit(withError: ExitCode.validationFailure)
        }
    }
}
