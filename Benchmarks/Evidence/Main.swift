import ModelCore

/// The evidence for the verifier: faults planted in converted networks, and executions that differ by rounding alone.
///
///     evidence [faults] [rounding] [--count N] [--trials N] [--seed S] [--threads N] [--only TRIAL] [--fixtures FOLDER]
///
/// Prints tables in Markdown. Exits 1 when a fault was not caught or rounding was called a difference.
@main
struct Main {
    static func main() {
        guard let options = EvidenceOptions(Array(CommandLine.arguments.dropFirst())) else {
            fail(EvidenceOptions.usage, code: 64)
        }
        var isSound = true
        do throws(ModelError) {
            if options.parts.contains(.faults) {
                let report = try FaultBenchmark(options).run()
                print(report.markdown(options))
                isSound = isSound && report.isSound
            }
            if options.parts.contains(.rounding) {
                let report = try RoundingBenchmark(options).run()
                print(report.markdown(options))
                isSound = isSound && report.isSound
            }
        } catch {
            fail(error.text, code: 70)
        }
        if !isSound { fail("a fault was not caught, or rounding was called a difference", code: 1) }
    }
}

extension ModelError {
    /// All of it in one line.
    var text: String { problems.map { "[\($0.code)] \($0.message)" }.joined(separator: "; ") }
}
