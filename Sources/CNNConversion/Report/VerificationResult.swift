package import ModelCore
package import ModelGraph
import Verification

extension ModelVerification {
    /// What was found.
    package struct Result: Sendable {
        /// `identical`, `rounding`, `different` or `inconclusive`.
        package let verdict: String
        package let subject: Subject
        /// The network that was verified.
        package let graph: Graph
        /// The layers, by a run of the fast engine and of the reference.
        package let layers: [Layer]
        /// The layers of the framework's own run, where one was given.
        package let recorded: [Layer]
        /// Every difference from the source, empty where there is none or none was given.
        package let differences: [Problem]
        /// What was done wrong where the first difference is, as far as it could be found out.
        package let diagnosis: Diagnosis?
        /// What two runs made of one layer, where they differ and both are known.
        package let differing: DifferingLayer?
        /// What there is to know about what was compared, one sentence each.
        package let remarks: [String]
        /// What the file of weights alone was taken for that the network was made of: the verdict is one about these weights in that architecture.
        package let assumption: AssumedArchitecture?

        package init(
            verdict: String, subject: Subject, graph: Graph, layers: [Layer], recorded: [Layer] = [], differences: [Problem] = [],
            diagnosis: Diagnosis? = nil, differing: DifferingLayer? = nil, remarks: [String] = [], assumption: AssumedArchitecture? = nil
        ) {
            self.verdict = verdict
            self.subject = subject
            self.graph = graph
            self.layers = layers
            self.recorded = recorded
            self.differences = differences
            self.diagnosis = diagnosis
            self.differing = differing
            self.remarks = remarks
            self.assumption = assumption
        }

        package var isDifferent: Bool { verdict == Verdict.different.rawValue }

        /// The largest difference in units of what rounding may cause.
        package var rho: Double { (layers + recorded).map(\.rho).max() ?? 0 }

        /// The largest difference in units in the last place.
        package var ulps: Double { (layers + recorded).map(\.ulps).max() ?? 0 }

        /// The first layer, in the order of execution, whose difference rounding does not explain: of our own run, else of the recorded one.
        package var firstDifferent: (layer: Layer, isRecorded: Bool)? {
            if let layer = layers.first(where: \.isDifferent) { return (layer, false) }
            return recorded.first(where: \.isDifferent).map { ($0, true) }
        }
    }

    /// What was compared with what.
    package struct Subject: Sendable, Hashable {
        package let model: String
        package var source: String?
        package var golden: String?
        package var checksAll = false
        /// The shapes of the inputs that were tried, sorted by name.
        package let inputs: [Input]

        package struct Input: Sendable, Hashable {
            package let name: String
            package let shape: [Int]

            package init(name: String, shape: [Int]) {
                self.name = name
                self.shape = shape
            }
        }

        package init(model: String, inputs: [Input]) {
            self.model = model
            self.inputs = inputs
        }

        init(_ model: String, _ options: Options, inputs: [String: [Int]]) {
            self.init(model: model, inputs: inputs.sorted { $0.key < $1.key }.map { Input(name: $0.key, shape: $0.value) })
            source = options.source
            golden = options.golden
            checksAll = options.checksAll
        }
    }
}

/// One layer's output as two runs made it from the same inputs.
package struct DifferingLayer: Sendable {
    package let name: String
    /// The meaning of the axes, where it is known.
    package let layout: DataLayout?
    package let ours: Tensor<Float>
    /// Of the same shape as ours.
    package let theirs: Tensor<Float>
    /// What the other run is: `recorded`, `source`.
    package let theirsName: String

    package init(name: String, layout: DataLayout?, ours: Tensor<Float>, theirs: Tensor<Float>, theirsName: String) {
        self.name = name
        self.layout = layout
        self.ours = ours
        self.theirs = theirs
        self.theirsName = theirsName
    }
}
