import Foundation
import KerasFormat
import ModelCore
import Testing

@Suite struct KerasRefusalTests {
    /// Files that the reading of names and headers refuses, with the code; others are refused by those who read on.
    static let refusals: [(String, String)] = [
        ("bomb-declared", "hdf5.incomplete"), ("bomb-wraps", "hdf5.too-large"),
        ("chunk-missing", "hdf5.incomplete"), ("chunk-too-large", "hdf5.chunk-size"),
        ("config-number", "keras.config"), ("config-null", "keras.config"), ("config-object-empty", "keras.config"),
        ("config-string", "keras.config"), ("cut-fifteen", "hdf5.damaged"), ("cut-half", "hdf5.damaged"),
        ("cut-last-byte", "hdf5.damaged"), ("empty", "hdf5.damaged"), ("external-link", "hdf5.external-link"),
        ("external-storage", "hdf5.external-storage"), ("external-storage-absolute", "hdf5.external-storage"),
        ("filter-lzf", "hdf5.filter"),
        ("filter-scaleoffset", "hdf5.filter"), ("groups-deep", "hdf5.too-deep"), ("kernel-array-type", "hdf5.element-type"),
        ("kernel-bool", "hdf5.element-type"), ("kernel-complex", "hdf5.element-type"), ("kernel-group", "hdf5.not-dataset"),
        ("kernel-missing", "keras.missing-weight"), ("kernel-null", "hdf5.null-dataspace"), ("kernel-opaque", "hdf5.element-type"),
        ("kernel-strings", "hdf5.element-type"), ("kernel-variable-strings", "hdf5.element-type"),
        ("layer-group-absent", "keras.missing-layer"), ("layer-group-dataset", "keras.missing-layer"),
        ("layer-name-unknown", "keras.missing-layer"), ("layer-names-absent", "keras.layer-names"), ("one-byte", "hdf5.damaged"),
        ("root-header", "hdf5.damaged"), ("seven-bytes", "hdf5.damaged"), ("signature-flipped", "hdf5.damaged"),
        ("signature-only", "hdf5.damaged"), ("signature-then-zeros", "hdf5.version"), ("soft-link-dangling", "hdf5.soft-link"),
        ("soft-link-loop", "hdf5.soft-link"), ("superblock-checksum", "hdf5.damaged"), ("superblock-version-9", "hdf5.version"),
        ("text", "hdf5.damaged"), ("virtual-dataset", "hdf5.virtual-dataset"), ("weight-name-dots", "keras.missing-weight"),
        ("weight-name-empty", "keras.weight-names"), ("weight-name-unknown", "keras.missing-weight"),
        ("weight-names-absent", "keras.weight-names"), ("weight-names-numbers", "hdf5.attribute-type"),
        ("weights-absent", "keras.no-weights"),
        ("weights-dataset", "keras.no-weights"), ("zeros", "hdf5.damaged"),
    ]

    @Test("A hostile file is refused by its code, and the file is named", arguments: refusals)
    func refusal(_ name: String, _ code: String) {
        let path = Fixtures.path("hostile/keras/\(name).h5")
        do throws(ModelError) {
            _ = try KerasFile.read(path: path)
            Issue.record("was read")
        } catch {
            #expect(error.problems.map(\.code) == [code])
            #expect(error.problems.allSatisfy { $0.location.file == path && $0.kind == .input })
        }
    }

    static let configurations = [
        "config-array", "config-byte-order-mark", "config-comment", "config-cut", "config-deep", "config-duplicate-key", "config-empty",
        "config-not-utf8",
        "config-trailing", "config-two-objects", "config-utf16",
    ]

    @Test("A configuration that is not strict JSON is refused at /model_config", arguments: configurations)
    func configuration(_ name: String) {
        do throws(ModelError) {
            _ = try KerasFile.read(path: Fixtures.path("hostile/keras/\(name).h5"))
            Issue.record("was read")
        } catch {
            #expect(error.problems.allSatisfy { $0.location.path?.hasPrefix("/model_config") == true })
        }
    }

    @Test("Elements that cannot be decoded are refused when they are read", arguments: ["fletcher32-wrong", "gzip-damaged"])
    func elements(_ name: String) throws {
        let model = try KerasFile.read(path: Fixtures.path("hostile/keras/\(name).h5"))
        let found = model.layers.flatMap(\.weights).flatMap { weight in
            codes { () throws(ModelError) in _ = try weight.source.bytes() }
        }
        #expect(found == ["hdf5.damaged"])
    }

    @Test("Every hostile file is either refused or read, and never crashes", arguments: Fixtures.hostile)
    func survives(_ name: String) throws {
        do throws(ModelError) {
            let model = try KerasFile.read(path: Fixtures.path("hostile/keras/\(name)"))
            for weight in model.layers.flatMap(\.weights) { _ = try weight.source.bytes() }
        } catch {
            #expect(!error.problems.isEmpty)
        }
    }

    @Test("A file of something else than a model is refused by name")
    func notAModel() {
        let found = codes { () throws(ModelError) in _ = try KerasFile.read(path: Fixtures.path("hdf5/groups-old.h5")) }
        #expect(found == ["keras.not-a-model"])
    }

    @Test("Names in a split attribute are all read, and everything that is wrong is reported at once")
    func everyProblem() {
        let found = codes { () throws(ModelError) in _ = try KerasFile.read(path: Fixtures.path("hdf5/attributes.h5")) }
        #expect(found == Array(repeating: "keras.missing-layer", count: 3000))
    }

    @Test("A file without an architecture is read, and says so when the architecture is asked for")
    func noArchitecture() throws {
        let model = try KerasFile.read(path: Fixtures.path("hostile/keras/config-absent.h5"))
        #expect(model.configuration == nil)
        #expect(model.layers.map(\.name) == ["image", "conv"])
        #expect(codes { () throws(ModelError) in _ = try model.architecture() } == ["keras.no-architecture"])
    }
}
