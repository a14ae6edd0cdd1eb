import ByteIO
import CNNMFormat
import ModelCore
import ModelGraph
import TestSupport
import Testing

/// `diff`, and what `verify --against` says of a fault that was planted.
@Suite struct DiffTests {
    /// A converted network in which one weight is another, digests and all.
    private func planted(_ tool: Tool, _ name: String, _ change: (WeightSource) throws -> WeightSource) throws {
        #expect(try tool("in.h5", "m.cnnm").status == 0)
        var document = try CNNMFile(path: tool.folder("m.cnnm")).document
        let weight = try #require(document.graph.weights[name])
        document.graph.weights[name] = Weight(try change(weight.source), layout: weight.layout)
        var output = try AtomicOutput(path: tool.folder("planted.cnnm"))
        try CNNMWriter.write(document, to: &output)
        try output.commit()
    }

    @Test("a model equals what it was converted to and back, exit code 0") func equal() throws {
        let tool = try Tool(["in.h5": lenet])
        #expect(try tool("in.h5", "m.cnnm").status == 0)
        #expect(try tool("m.cnnm", "back.keras").status == 0)
        for other in ["m.cnnm", "back.keras", "in.h5"] {
            let outcome = try tool("diff", "in.h5", other)
            #expect(outcome.status == 0)
            #expect(outcome.output.hasPrefix("equal: one network, and every weight bit for bit\n"))
            #expect(outcome.output.hasSuffix("  digit [2, 10]: the same bits\n"))
        }
    }

    @Test("a kernel whose axes were swapped is told with the permutation, exit code 1") func permuted() throws {
        let tool = try Tool(["in.h5": lenet])
        try planted(tool, "c3/kernel") { $0.permuted(by: [1, 0, 2, 3]) }
        let outcome = try tool("diff", "planted.cnnm", "in.h5")
        #expect(outcome.status == 1)
        let lines = outcome.output.split(separator: "\n").map(String.init)
        #expect(lines.first == "different: 1 layer differs")
        #expect(lines.contains("c3/convolution"))
        #expect(lines.contains("    equal after the permutation [1, 0, 2, 3] of its axes"))
        let json = try tool.json("diff", "planted.cnnm", "in.h5", "--json", status: 1)
        #expect(json["equal"] as? Bool == false)
        let layers = try #require(json["layers"] as? [[String: Any]])
        #expect(layers.compactMap { $0["a"] as? String } == ["c3/convolution"])
        let outputs = try #require(json["outputs"] as? [[String: Any]])
        #expect((outputs.first?["differing"] as? Int ?? 0) > 0)
    }

    @Test("other networks: what is in one only, and what is run on the same noise") func others() throws {
        let tool = try Tool(["a.h5": lenet, "b.h5": "keras/digits-residual/model.h5"])
        let outcome = try tool("diff", "a.h5", "b.h5")
        #expect(outcome.status == 1)
        #expect(outcome.output.hasPrefix("different: 3 layers differ, 8 only in a, 21 only in b\n"))
    }

    @Test("verify names the mistake, the layer and the evidence, exit code 1") func diagnosis() throws {
        let tool = try Tool(["in.h5": lenet])
        try planted(tool, "c3/kernel") { $0.flipped(axes: [0, 1]) }
        let outcome = try tool("verify", "planted.cnnm", "--against", "in.h5")
        #expect(outcome.status == 1)
        #expect(outcome.output.contains("the kernel is flipped along every axis of its window"))
        let json = try tool.json("verify", "planted.cnnm", "--against", "in.h5", "--json", status: 1)
        let diagnosis = try #require(json["diagnosis"] as? [String: Any])
        #expect(diagnosis["node"] as? String == "c3/convolution")
        #expect(diagnosis["mistake"] as? String == "kernel-flipped")
        #expect((diagnosis["evidence"] as? String)?.hasPrefix("undone, every bit is right, and on noise rho falls from ") == true)
    }
}
