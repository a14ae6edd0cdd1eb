import ArgumentParser
import CNNConversion

struct Architectures: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "List the networks that --architecture takes.",
        discussion: "They are those of keras.applications. Files of their weights are recognised without the option.")

    func run() throws {
        StandardOutput.write(Conversion.architectures.map { $0 + "\n" }.joined())
    }
}
