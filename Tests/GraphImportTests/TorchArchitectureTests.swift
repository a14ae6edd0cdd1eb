import ByteIO
import TestSupport
import Testing
import ZIPArchive

@testable import GraphImport

/// The catalogue's networks have the modules, settings and tensors that `fixtures/generate/torch_architectures.py` found in torchvision.
@Suite struct TorchArchitectureTests {
    private static let archive = try? ZIPReader(MappedFile(path: Fixture.path("torchvision/state_dicts.zip")))

    static let torchvision = TorchCatalogue.all.filter { $0.origin == .torchvision }.map(\.name)

    @Test func everyClassifierOfTorchvisionIsInTheCatalogue() throws {
        let files = try #require(Self.archive).entries.map { $0.name.dropLast(".txt".count) }
        #expect(files.map(String.init).sorted() == Self.torchvision.sorted())
        #expect(files.count == 68)
    }

    @Test("a network has the modules, settings and tensors of torchvision's", arguments: torchvision)
    func modules(_ name: String) throws {
        let architecture = try #require(TorchCatalogue.all.first { $0.name == name })
        let sketch = architecture.sketch(classes: 1000)
        let wanted = try Self.wanted(name).filter { module, _ in !sketch.trainingModules.contains { module == $0 || module.hasPrefix("\($0).") } }
        let ours = Self.described(sketch)
        for (module, text) in wanted.sorted(by: { $0.key < $1.key }) { #expect(ours[module] == text, "\(module)") }
        #expect(Set(sketch.tensors.map { Self.split($0.name).module }).isSubset(of: wanted.keys))
        #expect(Set(sketch.tensors.map(\.name)).count == sketch.tensors.count)
    }

    /// The lines of the fixture by module.
    private static func wanted(_ name: String) throws -> [String: String] {
        let archive = try #require(archive)
        let entry = try #require(archive.entry(named: "\(name).txt"))
        let text = try archive.content(of: entry).withBytes { String(decoding: $0, as: UTF8.self) }
        return Dictionary(
            uniqueKeysWithValues: text.split(separator: "\n").map { line in
                let parts = line.split(separator: " ", maxSplits: 1).map(String.init)
                return (parts[0], parts[1])
            })
    }

    // MARK: Text

    private static func described(_ sketch: TorchSketch) -> [String: String] {
        var result: [String: String] = [:]
        for call in sketch.network.calls {
            if let text = settings(call) { result[call.module] = text }
        }
        for tensor in sketch.tensors {
            let (module, name) = split(tensor.name)
            let text = "\(name) \(tensor.shape.map(String.init).joined(separator: "x"))"
            result[module] = result[module].map { "\($0) \(text)" } ?? text
        }
        return result
    }

    private static func split(_ name: String) -> (module: String, name: String) {
        let parts = name.split(separator: ".").map(String.init)
        return (parts.dropLast().joined(separator: "."), parts.last ?? "")
    }

    /// Nothing for functions whose settings the fixture does not have.
    private static func settings(_ call: TorchCall) -> String? {
        func text(_ name: String) -> String {
            switch call.arguments[name] {
            case .list(let items): items.map { if case .integer(let value) = $0 { "\(value)" } else { "?" } }.joined(separator: " ")
            case .integer(let value): "\(value)"
            case .number(let value): "\(value)"
            case .bool(let value): value ? "True" : "False"
            default: "?"
            }
        }
        switch call.function {
        case "conv2d": return "conv2d stride \(text("stride")) padding \(text("padding")) groups \(text("groups"))"
        case "batch_norm": return "batch_norm eps \(text("eps"))"
        case "layer_norm": return "layer_norm eps \(text("eps"))"
        case "max_pool2d":
            return "max_pool2d kernel \(text("kernel_size")) stride \(text("stride")) padding \(text("padding")) ceil \(text("ceil_mode"))"
        case "avg_pool2d": return "avg_pool2d kernel \(text("kernel_size")) stride \(text("stride")) padding \(text("padding"))"
        case "adaptive_avg_pool2d": return "adaptive_avg_pool2d size \(text("output_size"))"
        case "linear": return "linear"
        default: return nil
        }
    }
}
