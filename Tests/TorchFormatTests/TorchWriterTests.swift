import ByteIO
import ModelCore
import TestSupport
import Testing
import TorchFormat

@Suite struct TorchWriterTests {
    /// Writes tensors and gives the bytes of the file.
    private static func written(_ tensors: [(name: String, source: WeightSource)]) throws -> [UInt8] {
        let folder = try TemporaryFolder()
        try TorchWriter.write(tensors, to: try AtomicOutput(path: folder("x.pth"))).commit()
        #expect(folder.names == ["x.pth"])
        return try #require(folder.read("x.pth"))
    }

    @Test("what is written is to the byte what PyTorch is known to read", arguments: ["types", "views"])
    func bytes(name: String) throws {
        let tensors = try TorchFile(fixture: "\(name).pt").tensors.map { ($0.name, $0.source) }
        #expect(try Self.written(tensors) == Fixture.bytes("torch-written/\(name).pth"))
    }

    @Test(
        "what is written reads back",
        arguments: ["checkpoint.pt", "module-legacy.pt", "script.pt", "program.pt2", "tensor.pt", "oldest.tar", "deflated.pt"])
    func roundTrip(name: String) throws {
        let original = try TorchFile(fixture: name).tensors
        let copy = try TorchFile(try Self.written(original.map { ($0.name, $0.source) })).checkpoint()
        let expected = try original.map { try ExpectedTensor(name: $0.name, type: StoredType($0.source.dtype), source: $0.source) }
        #expect(try copy.tensors.map { try ExpectedTensor(name: $0.name, type: $0.type, source: $0.source) } == expected)
        #expect(copy.objects.isEmpty && copy.refused.isEmpty)
    }

    @Test("sizes past 32 bits are written as they are")
    func large() throws {
        let empty = WeightSource(dtype: .float32, shape: [0, 1 << 40], origin: "x") { (_: Range<Int>, _) in }
        let copy = try TorchFile(try Self.written([("a", empty), ("b.\u{E9}\n", WeightSource(Tensor<Float>(repeating: 2, shape: [])))]))
        #expect(copy.tensors.map(\.name) == ["a", "b.\u{E9}\n"] && copy.tensors.map(\.source.shape) == [[0, 1 << 40], []])
    }

    @Test("a name that repeats is refused, and so is a source of another length than its shape; nothing is left behind")
    func refused() throws {
        let folder = try TemporaryFolder()
        let tensor = WeightSource(Tensor<Float>(repeating: 1, shape: [2]))
        func code(_ tensors: [(String, WeightSource)]) -> [String] {
            codes { try TorchWriter.write(tensors.map { ($0.0, $0.1) }, to: try AtomicOutput(path: folder("x.pth"))).commit() }
        }
        #expect(code([("a", tensor), ("a", tensor)]) == ["torch.name"])
        for count in [1, 3] {
            let liar = WeightSource(dtype: .float32, shape: [2], origin: "x") { (_: Range<Int>, consumer) throws(ModelError) in
                try tensor.stream(0..<min(count, 2), consumer)
                if count > 2 { try tensor.stream(0..<1, consumer) }
            }
            #expect(code([("a", tensor), ("b", liar)]) == ["weight.length"])
        }
        #expect(folder.names.isEmpty)
    }

    @Test("progress counts the bytes of elements")
    func progress() throws {
        let folder = try TemporaryFolder()
        let tensor = WeightSource(Tensor<Float>(repeating: 1, shape: [2]))
        var counts: [Int] = []
        try TorchWriter.write([("a", tensor), ("b", tensor)], to: try AtomicOutput(path: folder("x.pth"))) { counts.append($0) }.commit()
        #expect(counts == [8, 16])
    }
}
