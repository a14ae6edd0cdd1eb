import ArgumentParser
import CNNConversion
import ModelCore

struct Benchmark: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Time loading and running a .cnnm on noise.")

    @Argument(help: "The .cnnm file.")
    var model: String

    @Option(help: "How many runs to time.")
    var runs = 15

    @Flag(help: "Print one JSON object.")
    var json = false

    @OptionGroup var threading: Threading

    func validate() throws {
        guard (1...1_000_000).contains(runs) else { throw ValidationError("--runs takes a number from 1 to 1000000") }
    }

    func run() throws {
        let speed = try SpeedMeasurement(path: model, threads: threading.count, runs: runs)
        if json {
            StandardOutput.write(try speed.json())
        } else {
            StandardOutput.write(
                "load \(Format.decimals(speed.loadMilliseconds, 2)) ms, run \(Format.decimals(speed.medianMilliseconds, 2)) ms (median of "
                    + "\(speed.runs), least \(Format.decimals(speed.minimumMilliseconds, 2))), \(speed.threads) threads, "
                    + "peak memory \(Format.bytes(speed.peakBytes))\n")
        }
    }
}
