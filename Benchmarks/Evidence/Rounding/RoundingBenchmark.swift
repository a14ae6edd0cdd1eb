import ModelCore

struct RoundingBenchmark: Sendable {
    init(_ options: EvidenceOptions) {}
    func run() throws(ModelError) -> RoundingReport { RoundingReport() }
}

struct RoundingReport {
    var isSound: Bool { true }
    func markdown(_ options: EvidenceOptions) -> String { "" }
}
