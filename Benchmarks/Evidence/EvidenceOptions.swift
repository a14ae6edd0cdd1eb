import Foundation

/// What is to be counted, and how.
struct EvidenceOptions: Sendable {
    enum Part: String, Sendable, CaseIterable {
        case faults, rounding
    }

    static let usage =
        "usage: evidence [faults] [rounding] [--count N] [--trials N] [--seed S] [--threads N] [--only TRIAL] [--fixtures FOLDER]"

    /// Both unless named.
    private(set) var parts: Set<Part> = Set(Part.allCases)
    /// Faults to plant.
    private(set) var count = 1000
    /// Executions to hold against their bounds.
    private(set) var trials = 1_000_000
    private(set) var seed: UInt64 = 1
    private(set) var threads = max(ProcessInfo.processInfo.activeProcessorCount, 1)
    /// The only trial to make, with all that there is to say about it.
    private(set) var only: Int?
    private(set) var fixtures = "fixtures"

    /// - Returns: `nil` for arguments that make no sense.
    init?(_ arguments: [String]) {
        var named: Set<Part> = []
        var rest = arguments[...]
        while let argument = rest.popFirst() {
            if let part = Part(rawValue: argument) {
                named.insert(part)
                continue
            }
            guard let value = rest.popFirst() else { return nil }
            switch argument {
            case "--fixtures": fixtures = value
            case "--seed":
                guard let number = UInt64(value) else { return nil }
                seed = number
            default:
                guard let number = Int(value), number >= 0 else { return nil }
                switch argument {
                case "--count": count = number
                case "--trials": trials = number
                case "--threads": threads = max(number, 1)
                case "--only": only = number
                default: return nil
                }
            }
        }
        if !named.isEmpty { parts = named }
    }

    /// The command that makes a part again.
    func command(_ part: Part) -> String {
        switch part {
        case .faults: "evidence faults --count \(count) --seed \(seed)"
        case .rounding: "evidence rounding --trials \(trials) --seed \(seed)"
        }
    }
}
