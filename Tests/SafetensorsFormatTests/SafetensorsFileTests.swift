import ByteIO
import ModelCore
import SafetensorsFormat
import TestSupport
import Testing

@Suite struct SafetensorsFileTests {
    @Test(
        "every tensor of every file is the one that the format's own library reads",
        arguments: try ExpectedTensor.all(in: "safetensors").keys.sorted())
    func tensors(name: String) throws {
        let file = try SafetensorsFile(MappedFile(path: Fixture.path("safetensors/\(name)")))
        let found = try file.tensors.map { try ExpectedTensor(name: $0.name, type: $0.type, source: $0.source) }
        #expect(try found.sorted { $0.name < $1.name } == ExpectedTensor.all(in: "safetensors")[name])
    }

    @Test("metadata are what the writer said")
    func metadata() throws {
        let file = try SafetensorsFile(MappedFile(path: Fixture.path("safetensors/types.safetensors")))
        #expect(file.metadata.map { "\($0.key)=\($0.value)" } == ["format=pt"])
    }

    @Test("a file is known by its beginning", arguments: [(0, true), (2, true), (7, true), (9, false)])
    func recognition(length: UInt64, isKnown: Bool) {
        let second: [UInt8] = isKnown ? [0x7B] : [0x5B]
        let bytes = (0..<8).map { UInt8(truncatingIfNeeded: length >> (8 * $0)) } + second
        #expect(SafetensorsFile.recognises(MappedFile(bytes: bytes, path: "x")) == isKnown)
    }

    @Test(
        "what is written is to the byte what the format's own library writes",
        arguments: [
            "safetensors/plain.safetensors", "safetensors/nothing.safetensors", "torch-written/types.safetensors", "torch-written/views.safetensors",
        ])
    func writing(name: String) throws {
        let folder = try TemporaryFolder()
        let file = try SafetensorsFile(MappedFile(path: Fixture.path(name)))
        let output = try SafetensorsWriter.write(
            file.tensors.map { ($0.name, $0.source) }, to: try AtomicOutput(path: folder("x.safetensors")))
        try output.commit()
        #expect(try folder.read("x.safetensors") == Fixture.bytes(name))
    }

    @Test("names that no file can have are refused before anything is written", arguments: [["a", "a"], ["__metadata__"]])
    func names(names: [String]) throws {
        let folder = try TemporaryFolder()
        let tensor = WeightSource(Tensor<Float>(repeating: 1, shape: [2]))
        #expect(throws: ModelError.self) {
            _ = try SafetensorsWriter.write(names.map { ($0, tensor) }, to: try AtomicOutput(path: folder("x.safetensors")))
        }
        #expect(folder.names.isEmpty)
    }
}
