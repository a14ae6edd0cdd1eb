import ByteIO
import CNNConversion
import Foundation
import ModelCore
import ModelGraph
import TestSupport
import Testing

@Suite struct KerasArchiveTests {
    static let folder = "hostile/keras-archive"
    static let architecture = Fixture.path("\(folder)/model.json")

    /// The code that each file is to be refused with.
    static let refusals: [(String, String)] = {
        let json = (try? JSON.parse(Fixture.bytes("\(folder)/expected.json")))?.object
        return json?.compactMap { name, code in code.string.map { (name, $0) } } ?? []
    }()

    private func codes(_ path: String, _ config: String?) -> [String] {
        do throws(ModelError) {
            _ = try LoadedModel(path: path, architecture: config.map(ArchitectureSource.file)).graph()
            return []
        } catch {
            #expect(error.problems.allSatisfy { $0.location.file != nil })
            return error.problems.map(\.code)
        }
    }

    @Test func everyHostileFileHasACode() {
        let files = Fixture.names(in: Self.folder).filter { $0.hasSuffix(".keras") || $0.hasSuffix(".weights.json") }
        #expect(files.sorted() == Self.refusals.map(\.0).sorted())
        #expect(files.count > 60)
    }

    @Test(arguments: refusals) func hostileFilesAreRefusedByCode(_ name: String, _ code: String) {
        let isArchive = name.hasSuffix(".keras")
        #expect(codes(Fixture.path("\(Self.folder)/\(name)"), isArchive ? nil : Self.architecture).contains(code))
    }

    @Test func anArchiveCutAnywhereIsRefused() throws {
        let bytes = try Fixture.bytes("keras-files/graph-frozen/model.keras")
        let folder = try TemporaryFolder()
        for count in stride(from: 1, to: bytes.count, by: 997) {
            let path = try folder.write(Array(bytes.prefix(count)), "cut.keras")
            #expect(!codes(path, nil).isEmpty, "after \(count) bytes")
        }
    }

    @Test func aChangedByteOfTheContentIsNoticed() throws {
        let bytes = try Fixture.bytes("keras-files/graph-frozen/model.keras")
        let folder = try TemporaryFolder()
        for position in stride(from: 1000, to: bytes.count - 1000, by: 1499) {
            var copy = bytes
            copy[position] ^= 0x10
            #expect(!codes(try folder.write(copy, "changed.keras"), nil).isEmpty, "at \(position)")
        }
    }

    @Test func aShardThatIsALinkOutOfTheFolderIsRefused() throws {
        let (folder, elsewhere) = (try TemporaryFolder(), try TemporaryFolder())
        let shard = try elsewhere.write(try Fixture.bytes("\(Self.folder)/unlisted_00000.weights.h5"), "a.weights.h5")
        try FileManager.default.createSymbolicLink(atPath: folder("a.weights.h5"), withDestinationPath: shard)
        let index = try folder.write(Array(#"{"weight_map": {"/layers/conv2d/vars": "a.weights.h5"}}"#.utf8), "m.weights.json")
        #expect(codes(index, Self.architecture) == ["file.sibling-link"])
    }

    @Test func weightsWithoutAnArchitectureAskForOne() {
        for name in ["model.weights.h5", "weights-only.h5", "sharded.weights.json"] {
            #expect(codes(Fixture.path("keras-files/digits-residual/\(name)"), nil) == ["keras.no-architecture"])
        }
    }

    @Test func anArchitectureReplacesThatOfTheFile() throws {
        let model = Fixture.path("keras-files/digits-residual/model.keras")
        let folder = try TemporaryFolder()
        var options = Conversion.Options()
        let architecture = Fixture.path("keras-files/digits-residual/model.json")
        options.config = architecture
        let remark = "the file's own architecture is left aside for that of '\(architecture)'"
        #expect(try Conversion.convert(input: model, output: folder("a.cnnm"), options: options).remarks == [remark])
        #expect(codes(model, Fixture.path("nothing.json")) == ["file.not-found"])
        #expect(codes(Fixture.path("keras-files/digits-residual/weights-only.h5"), Fixture.path("README.md")).first?.hasPrefix("json.") == true)
    }

    @Test func theSummarySaysThatOrderDecided() throws {
        let folder = try TemporaryFolder()
        var options = Conversion.Options()
        options.config = Fixture.path("keras-files/digits-residual/renamed.json")
        let input = Fixture.path("keras-files/digits-residual/weights-only.h5")
        let summary = try Conversion.convert(input: input, output: folder("a.cnnm"), options: options)
        #expect(summary.remarks.count == 1)
        options.config = Fixture.path("keras-files/digits-residual/model.json")
        #expect(try Conversion.convert(input: input, output: folder("b.cnnm"), options: options).remarks.isEmpty)
        #expect(throws: ModelError.self) { try Conversion.convert(input: input, output: options.config ?? "", options: options) }
    }

    /// The network of one model filled with its weights once more, from every kind of file that has weights alone.
    @Test(arguments: ["digits-residual", "graph-nested", "graph-frozen", "layers-separable", "graph-shared-model", "keras2-functional"])
    func aConvertedModelServesAsTheArchitecture(_ model: String) throws {
        let folder = try TemporaryFolder()
        var options = Conversion.Options()
        options.verifies = false
        _ = try Conversion.convert(input: Fixture.path("keras/\(model)/model.h5"), output: folder("a.cnnm"), options: options)
        let expected = try LoadedModel(path: folder("a.cnnm")).graph()
        for name in ["weights-only.h5", "model.weights.h5"] {
            // tf-keras does not note the names of layers.
            let code = model.hasPrefix("keras2") && name == "model.weights.h5" ? "keras.no-names" : nil
            let path = Fixture.path("keras-files/\(model)/\(name)")
            if let code {
                #expect(codes(path, folder("a.cnnm")).contains(code))
                continue
            }
            let graph = try LoadedModel(path: path, architecture: .file(folder("a.cnnm"))).graph()
            #expect(graph.nodes == expected.nodes)
            for (name, weight) in expected.weights {
                #expect(try graph.weights[name]?.source.bytes() == weight.source.bytes(), "\(name)")
            }
        }
        #expect(!codes(Fixture.path("keras-files/digits-residual/weights-only.h5"), folder("a.cnnm")).isEmpty || model == "digits-residual")
        #expect(codes(Fixture.path("keras-files/\(model)/model.keras"), folder("a.cnnm")) == ["keras.architecture-twice"])
    }

    @Test func anHDF5FileUnderTheNameOfAnArchiveIsRead() throws {
        let folder = try TemporaryFolder()
        let path = try folder.write(try Fixture.bytes("keras/graph-frozen/model.h5"), "model.keras")
        #expect(codes(path, nil).isEmpty)
    }
}
