import ByteIO
import ModelCore
import TestSupport
import Testing
import TorchFormat

@Suite struct FixtureTests {
    @Test("every tensor of every file is the one that PyTorch reads", arguments: try ExpectedTensor.all(in: "torch").keys.sorted())
    func tensors(file: String) throws {
        let expected = try #require(try ExpectedTensor.all(in: "torch")[file])
        var found = try TorchFile(fixture: file).tensors.map { try ExpectedTensor(name: $0.name, type: $0.type, source: $0.source) }
        // Expected are those of programs and scripts by name, all others in the file's order.
        if expected.map(\.name) != found.map(\.name) { found.sort { $0.name < $1.name } }
        #expect(found == expected)
    }

    @Test("a tensor reads the same in parts", arguments: ["types.pt", "views.pt", "views-legacy.pt", "deflated.pt", "oldest.tar"])
    func parts(file: String) throws {
        for tensor in try TorchFile(fixture: file).tensors {
            let whole = try tensor.source.bytes()
            let width = tensor.source.dtype.byteCount
            for start in 0...tensor.source.count {
                for end in start...tensor.source.count {
                    var part: [UInt8] = []
                    try tensor.source.stream(start..<end) { part += $0 }
                    #expect(part == Array(whole[start * width..<end * width]), "\(tensor.name) \(start)..<\(end)")
                }
            }
        }
    }

    @Test(
        "the network's tensors are found in whatever they are packed in",
        arguments: [
            "checkpoint.pt", "checkpoint-legacy.pt", "protocol3.pt", "protocol4.pt", "protocol5.pt", "module.pt", "module-legacy.pt",
            "module-in-checkpoint.pt",
        ])
    func stateDict(file: String) throws {
        let expected = try #require(try ExpectedTensor.all(in: "torch")["module.pt"])
        let found = try TorchFile(fixture: file).checkpoint().stateDict().tensors
        #expect(try found.map { try ExpectedTensor(name: $0.name, type: $0.tensor.type, source: $0.tensor.source) } == expected)
    }

    @Test(
        "what a checkpoint holds besides is luggage",
        arguments: ["checkpoint.pt", "checkpoint-legacy.pt", "protocol3.pt", "protocol4.pt", "protocol5.pt"])
    func luggage(file: String) throws {
        let objects = Set(try TorchFile(fixture: file).checkpoint().objects.map { "\($0.name): \($0.type)" })
        let common: Set = [
            "args: argparse.Namespace", "time: datetime.datetime", "device: torch.device", "score: numpy._core.multiarray.scalar",
            "counter: collections.Counter",
        ]
        #expect(objects.isSuperset(of: common), "\(objects)")
    }

    @Test(
        "tensors of kinds that are not read are named, and refused only where they are wanted",
        arguments: ["other-kinds.pt", "other-kinds-legacy.pt"])
    func otherKinds(file: String) throws {
        let checkpoint = try TorchFile(fixture: file).checkpoint()
        #expect(checkpoint.tensors.map(\.name) == ["weight"])
        let refused = Dictionary(uniqueKeysWithValues: checkpoint.refused.map { ($0.path, $0.problem.code) })
        var expected = [["phase"]: "torch.element-type"]
        if file == "other-kinds.pt" { expected.merge([["sparse"]: "torch.tensor-kind", ["wide"]: "torch.element-type"]) { $1 } }
        #expect(refused == expected)
        #expect(codes { _ = try checkpoint.stateDict() } == checkpoint.refused.map(\.problem.code))
    }

    @Test("a file of a big-endian machine is refused")
    func bigEndian() throws {
        let problem = Problem(
            "torch.byte-order", "the order of bytes is 'big', 'little' was expected",
            at: Location(file: "big-endian.pt", path: "archive/byteorder"),
            hint: "load and save it in Python on a little-endian computer, which nearly all are")
        #expect(throws: ModelError(problem)) { try TorchFile(fixture: "big-endian.pt") }
    }

    @Test("constants of a frozen script are found under their numbers")
    func frozenScript() throws {
        let checkpoint = try TorchFile(fixture: "script-frozen.pt").checkpoint()
        #expect(checkpoint.container == .script)
        #expect(checkpoint.tensors.map(\.name) == (0..<8).map { "CONSTANTS.\($0)" })
    }

    @Test(
        "an exported program has a graph, parameters, buffers and constants",
        arguments: ["program.pt2", "program-2.8.pt2", "program-2.5.pt2", "program-2.1.pt2"])
    func program(file: String) throws {
        guard case .program(let program) = try TorchFile(fixture: file) else {
            Issue.record("no program")
            return
        }
        let nodes = program.program["graph_module"]?["graph"]?["nodes"]?.array ?? []
        #expect(nodes.contains { $0["target"]?.string == "torch.ops.aten.conv2d.default" })
        let versions = ["program-2.1.pt2": 1, "program-2.5.pt2": 7]
        #expect(program.schemaVersion.major == versions[file] ?? 8)
        #expect(program.description == (file == "program-2.1.pt2" ? "PyTorch 2, exported program" : "PyTorch 2.13.0+cpu, exported program"))
        #expect(Set(program.constants.map(\.name)) == (file == "program-2.1.pt2" ? [] : ["constant", "scratch"]))
    }
}
