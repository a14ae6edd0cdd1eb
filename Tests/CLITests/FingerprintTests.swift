import ByteIO
import CNNMFormat
import ModelCore
import ModelGraph
import TestSupport
import Testing

/// `verify` of a file alone.
@Suite struct FingerprintTests {
    @Test("one weight that was changed, its digests with it, is noticed with neither source nor framework")
    func changedWeight() throws {
        let tool = try Tool(["in.h5": lenet])
        #expect(try tool("in.h5", "m.cnnm").status == 0)
        #expect(try tool("verify", "m.cnnm").status == 0)
        var document = try CNNMFile(path: tool.folder("m.cnnm")).document
        let weight = try #require(document.graph.weights["c3/kernel"])
        var tensor = try weight.source.tensor()
        tensor[position: 100] = tensor.scalars[100].nextDown
        document.graph.weights["c3/kernel"] = Weight(WeightSource(tensor), layout: weight.layout)
        var output = try AtomicOutput(path: tool.folder("changed.cnnm"))
        try CNNMWriter.write(document, to: &output)
        try output.commit()
        let outcome = try tool("verify", "changed.cnnm")
        #expect(outcome.status == 1)
        #expect((outcome.output + outcome.error).contains("layer 'c3/convolution' (convolution) does not have its fingerprint"))
    }
}
