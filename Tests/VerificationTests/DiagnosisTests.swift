import InferenceEngine
import ModelCore
import ModelGraph
import Testing

@testable import Verification

/// The mistake behind a planted fault is named, with the source at hand and from a recorded run alone.
@Suite struct DiagnosisTests {
    /// For each fault of `PlantedFaultTests`, its name; a node too many is seen in the graph, its effect where the features are read.
    static let mistakes: [String: (source: Mistake, trace: Mistake)] = [
        "kernel flipped": (.kernelFlipped, .kernelFlipped), "height and width swapped": (.kernelHeightWidthSwapped, .kernelHeightWidthSwapped),
        "BGR for RGB": (.inputChannelsReversed, .inputChannelsReversed), "output channels reversed": (.channelsPermuted, .channelsPermuted),
        "bias dropped": (.biasMissing, .biasMissing), "padding on the other side": (.paddingSide, .paddingSide),
        "padding counted in the mean": (.countIncludePadding, .countIncludePadding), "epsilon of PyTorch": (.epsilon, .epsilon),
        "hard sigmoid of Keras 3": (.activationVariant, .activationVariant),
        "transposed kernel not turned": (.kernelFlipped, .kernelFlipped), "logarithm of softmax": (.activationVariant, .activationVariant),
    ]

    static let faults = PlantedFaultTests.faults.filter { mistakes[$0.testDescription] != nil }

    @Test(arguments: faults) func withTheSource(_ fault: PlantedFaultTests.Fault) throws {
        let source = try PlantedFaultTests.network()
        var graph = source
        try fault.plant(&graph)
        let node = try #require(graph.nodes.first { $0.name == fault.layer })
        let expected = try #require(source.nodes.first { $0.name == fault.layer })
        let diagnosis = try SourceDiagnosis.diagnose(node, of: graph, inputs: node.inputs, expected: expected, of: source)
        #expect(diagnosis.node == fault.layer)
        #expect(diagnosis.mistake == Self.mistakes[fault.testDescription]?.source, "\(diagnosis)")
        #expect(diagnosis.evidence.contains("rho falls from"))
    }

    @Test(arguments: faults) func fromARecordedRun(_ fault: PlantedFaultTests.Fault) throws {
        let source = try PlantedFaultTests.network()
        let inputs = try TrialInput.make(for: source, seed: 7)
        var trace = inputs
        _ = try InferencePlan(source).run(inputs) { name, tensor in trace[name] = tensor }
        var graph = source
        try fault.plant(&graph)
        var diagnosis: Diagnosis?
        _ = try ForwardAnalysis.certify(graph, inputs: inputs, trace: trace, isLocal: true) { difference throws(ModelError) in
            if diagnosis == nil { diagnosis = try TraceDiagnosis(of: graph).diagnose(difference, values: trace) }
        }
        #expect(diagnosis?.node == fault.layer)
        #expect(diagnosis?.mistake == Self.mistakes[fault.testDescription]?.trace, "\(String(describing: diagnosis))")
    }

    /// As Keras records: a convolution with its activation, a dense layer with its softmax.
    @Test(arguments: faults) func fromARunInWhichSomeNodesAreNotRecorded(_ fault: PlantedFaultTests.Fault) throws {
        let source = try PlantedFaultTests.network()
        let inputs = try TrialInput.make(for: source, seed: 7)
        var trace = inputs
        _ = try InferencePlan(source).run(inputs) { name, tensor in trace[name] = tensor }
        for name in ["conv", "norm", "dense"] { trace[name] = nil }
        var graph = source
        try fault.plant(&graph)
        var diagnosis: Diagnosis?
        _ = try ForwardAnalysis.certify(graph, inputs: inputs, trace: trace, isLocal: true) { difference throws(ModelError) in
            if diagnosis == nil { diagnosis = try TraceDiagnosis(of: graph).diagnose(difference, values: trace) }
        }
        // What stands between and turns the channels round, or adds a constant to them, is not told from the values alone.
        let isBlurred = ["bias dropped"].contains(fault.testDescription)
        #expect(diagnosis?.mistake == (isBlurred ? nil : Self.mistakes[fault.testDescription]?.trace), "\(String(describing: diagnosis))")
    }

    @Test func gammaAndVarianceExchanged() throws {
        let source = try PlantedFaultTests.network()
        var graph = source
        let index = try #require(graph.nodes.firstIndex { $0.name == "norm" })
        graph.nodes[index].weights["gamma"] = "variance"
        graph.nodes[index].weights["variance"] = "gamma"
        let node = graph.nodes[index]
        let expected = source.nodes[index]
        let diagnosis = try SourceDiagnosis.diagnose(node, of: graph, inputs: node.inputs, expected: expected, of: source)
        #expect(diagnosis.mistake == .statisticsSwapped)
        #expect(diagnosis.finding == "gamma and variance are exchanged")
    }

    @Test func aNodeThatIsRightHasNoDiagnosisFromItsRun() throws {
        let source = try PlantedFaultTests.network()
        let found = try PlantedFaultTests.firstDifferent(running: source)
        #expect(found == nil)
    }

    @Test func oneUnitInTheLastPlaceOfOneWeightIsFound() throws {
        let source = try PlantedFaultTests.network()
        var graph = source
        let weight = try #require(source.weights["dense"])
        var values = try weight.source.tensor()
        values[position: 1234] = values.scalars[1234].nextUp
        graph.weights["dense"] = Weight(WeightSource(values), layout: weight.layout)
        let node = try #require(graph.nodes.first { $0.name == "dense" })
        let diagnosis = try SourceDiagnosis.diagnose(node, of: graph, inputs: node.inputs, expected: node, of: source)
        #expect(diagnosis.mistake == .weightsChanged)
        #expect(diagnosis.finding.hasPrefix("kernel: 1 of 2880 elements differ, by 1 ulp at most, first element 1234: "))
    }

    @Test func rowsInTheOtherOrderOfFlattening() throws {
        let source = try PlantedFaultTests.network()
        var graph = source
        let weight = try #require(source.weights["dense"])
        // What `up` gives is 15 x 8 x 4; the rows are in the order C, H, W.
        let turned = weight.source.reshaped([15, 8, 4, 6]).permuted(by: [2, 0, 1, 3]).reshaped([480, 6])
        graph.weights["dense"] = Weight(turned, layout: weight.layout)
        let node = try #require(graph.nodes.first { $0.name == "dense" })
        let diagnosis = try SourceDiagnosis.diagnose(node, of: graph, inputs: node.inputs, expected: node, of: source)
        #expect(diagnosis.mistake == .flattenOrder)
        #expect(diagnosis.finding == "the rows of the kernel are in the order C, H, W of the flattened axes, not H, W, C")
    }

    @Test(arguments: [[1, 0, 2], [2, 1, 0]]) func theElementsOfALayoutReadAsAnother(_ order: [Int]) throws {
        let shape = [3, 4, 5]
        let source = WeightSource(Tensor<Float>(shape: shape) { Float($0) })
        let layout = KernelLayout.wio
        // The bytes of the permuted weight under the shape of the one that it is taken for.
        let misread = WeightSource(try source.permuted(by: order).tensor()).reshaped(shape)
        let node = Node(
            name: "conv", operation: Convolution(layout: .nwc, strides: [1], dilations: [1], groups: 1, padding: .valid).erased, inputs: ["x"],
            output: "conv", weights: ["kernel": "kernel"])
        let remedies = Remedy.rearrangements(of: node, weights: ["kernel": Weight(misread, layout: layout)], flattened: nil)
        let exact = try remedies.filter { try $0.weights["kernel"]?.source.hasBits(of: source) == true }
        #expect(exact.map(\.mistake) == [.kernelAxesSwapped])
    }
}
