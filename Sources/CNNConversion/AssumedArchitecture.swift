import GraphImport

/// The network that a file of weights alone was taken for. Nothing in such a file says how its layers go together, so a verdict about it is one about
/// these weights in that architecture.
public struct AssumedArchitecture: Sendable, Hashable {
    /// How the network was found.
    public enum Evidence: String, Sendable {
        /// By the names and shapes of the tensors.
        case tensors
        /// The file names it, and its tensors have the names and shapes.
        case file
        /// The caller named it, and the tensors have the names and shapes.
        case caller
    }

    /// The constructor: `resnet50`.
    public let name: String
    /// How the network was found.
    public let evidence: Evidence
    /// Other networks that are known to have tensors of the same names and shapes, and to compute something else.
    public let alike: [String]

    /// What a verdict is about.
    public var claim: String { "these weights in \(name)" }

    /// What is known and what is not, in a sentence.
    public var explanation: String {
        let how =
            switch evidence {
            case .tensors: "taken for \(name) by the names and shapes of its tensors"
            case .file: "taken for \(name), as the file says and the names and shapes of its tensors allow"
            case .caller: "taken for \(name), as was asked and the names and shapes of its tensors allow"
            }
        let unknown = "\(how); weights do not tell strides, pools, padding, activations and epsilons"
        guard !alike.isEmpty else { return unknown }
        return "\(unknown), and \(alike.joined(separator: ", ")) \(alike.count == 1 ? "has" : "have") tensors of the same names and shapes"
    }
}

extension AssumedArchitecture {
    /// A network of keras.applications. Those of one name and other strides are told apart by nothing that Keras writes either.
    init(_ match: ArchitectureMatch, _ evidence: Evidence) {
        self.init(name: [match.name, match.variant].filter { !$0.isEmpty }.joined(separator: " "), evidence: evidence, alike: [])
    }

    private enum Key {
        static let name = "architecture"
        static let evidence = "architecture_evidence"
        static let alike = "architectures_alike"
    }

    /// What a `.cnnm` says of the file that it was made of; `nil` where that had its architecture.
    init?(metadata: [String: String]) {
        guard let name = metadata[Key.name], let evidence = metadata[Key.evidence].flatMap(Evidence.init) else { return nil }
        let alike = metadata[Key.alike]?.split(separator: ",").map { String($0.drop { $0 == " " }) }
        self.init(name: name, evidence: evidence, alike: alike ?? [])
    }

    /// For the metadata of a `.cnnm`.
    var metadata: [String: String] {
        var metadata = [Key.name: name, Key.evidence: evidence.rawValue]
        if !alike.isEmpty { metadata[Key.alike] = alike.joined(separator: ", ") }
        return metadata
    }
}
