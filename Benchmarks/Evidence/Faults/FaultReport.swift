/// What became of all faults.
struct FaultReport {
    let subjects: [Subject]
    let outcomes: [FaultTrial.Outcome]
    let soundPairs: [SoundPair]

    /// How many inputs each sound network is run on.
    static let inputsPerSubject = 10

    /// A network without a fault, run by two engines.
    struct SoundPair: Sendable {
        let isDifferent: Bool
        /// For each tolerance, whether comparing outputs raises an alarm.
        let isRejected: [Bool]
    }

    var isSound: Bool { outcomes.allSatisfy(\.isCaught) && !soundPairs.contains(where: \.isDifferent) }

    func markdown(_ options: EvidenceOptions) -> String {
        let header = ["fault", "planted", "caught", "diagnosed"] + AllClose.tolerances.map { "allclose \(Self.text($0))" }
        var (table, summary) = (Table(header), Table(header))
        for family in FaultKind.Family.allCases {
            let members = outcomes.filter { $0.kind.family == family }
            if !members.isEmpty { summary.add(Self.row(family.rawValue, members)) }
        }
        summary.add(Self.row("all", outcomes))
        summary.add(Self.shares(outcomes))
        for kind in FaultKind.allCases {
            let members = outcomes.filter { $0.kind == kind }
            if !members.isEmpty { table.add(Self.row(kind.rawValue, members)) }
        }
        let names = Subject.Framework.allNames.map { framework in
            let members = subjects.filter { $0.framework.rawValue == framework }
            return "\(members.count) of \(framework): \(members.map(\.name).joined(separator: ", "))"
        }
        let missing = FaultKind.allCases.filter { kind in !outcomes.contains { $0.kind == kind } }
        var text = """
            ## Planted faults

            `\(options.command(.faults))`. Networks: \(names.joined(separator: "; ")).

            \(summary.markdown)

            \(table.markdown)

            """
        if !missing.isEmpty, options.only == nil { text += "\nNo network has a place for: \(missing.map(\.rawValue).joined(separator: ", ")).\n" }
        if !soundPairs.isEmpty {
            var sound = Table(["without a fault", "runs", "false alarms"])
            sound.add(["cnnconvert verify", String(subjects.count), String(soundPairs.count(where: \.isDifferent))])
            for (position, tolerance) in AllClose.tolerances.enumerated() {
                sound.add(["allclose \(Self.text(tolerance))", String(soundPairs.count), String(soundPairs.count { $0.isRejected[position] })])
            }
            text += "\n\(sound.markdown)\n"
        }
        return text
    }

    private static func row(_ name: String, _ members: [FaultTrial.Outcome]) -> [String] {
        [name, members.count.grouped, members.count(where: \.isCaught).grouped, members.count(where: \.isDiagnosed).grouped]
            + AllClose.tolerances.indices.map { position in members.count { $0.isSeen[position] }.grouped }
    }

    private static func shares(_ members: [FaultTrial.Outcome]) -> [String] {
        ["", ""] + [members.count(where: \.isCaught), members.count(where: \.isDiagnosed)].map { $0.share(of: members.count) }
            + AllClose.tolerances.indices.map { position in members.count { $0.isSeen[position] }.share(of: members.count) }
    }

    private static func text(_ tolerance: Double) -> String {
        switch tolerance {
        case 1e-2: "1e-2"
        case 1e-3: "1e-3"
        case 1e-4: "1e-4"
        default: "1e-5"
        }
    }
}

extension Subject.Framework {
    static let allNames = [Self.keras, .torch].map(\.rawValue)
}
