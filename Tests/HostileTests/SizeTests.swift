import ByteIO
import CNNMFormat
import GraphImport
import KerasFormat
import LayoutConversion
import ModelCore
import ModelGraph
import TestSupport
import Testing

/// Architectures that are far larger, deeper or stranger than any network, as Keras writes them: each converts or is refused, and soon.
///
/// The time limit is a budget for a hang or for work that grows with the square of the size: each takes seconds in a debug build.
@Suite(.timeLimit(.minutes(3)), .serialized) struct SizeTests {
    private static let input = #"{"class_name":"InputLayer","name":"image","config":{"name":"image","batch_shape":[null,8,9,3]},"inbound_nodes":[]}"#

    private static func relu(_ name: String, from sources: [String]) -> String {
        let call = sources.map { #"["\#($0)",0,0,{}]"# }.joined(separator: ",")
        return #"{"class_name":"ReLU","name":"\#(name)","config":{"name":"\#(name)"},"inbound_nodes":[[\#(call)]]}"#
    }

    private static func functional(_ layers: [String], output: String) -> String {
        let all = ([input] + layers).joined(separator: ",")
        return
            #"{"class_name":"Functional","config":{"name":"m","layers":[\#(all)],"input_layers":[["image",0,0]],"output_layers":[["\#(output)",0,0]]}}"#
    }

    private static func sequential(_ layer: String) -> String {
        #"{"class_name":"Sequential","config":{"name":"m","layers":[\#(input),\#(layer)]}}"#
    }

    /// The graph of a model without weights, written and read again.
    private func converted(_ text: String) throws(ModelError) -> Graph {
        let model = KerasModel(configuration: try JSON.parse(Array(text.utf8)), kerasVersion: "2.15.0", backend: "tensorflow", layers: [])
        let graph = try LayoutConversion.channelsLast(try KerasImporter.graph(from: model))
        let folder: TemporaryFolder
        do { folder = try TemporaryFolder() } catch { throw ModelError(Problem("test.folder", "\(error)")) }
        var output = try AtomicOutput(path: folder("out.cnnm"))
        try CNNMWriter.write(CNNMDocument(graph, producer: .init(name: "test", version: "1")), to: &output)
        return try CNNMFile(path: output.temporaryPath).document.graph
    }

    @Test("a chain of 100,000 layers converts, even listed from its end")
    func chain() throws {
        let count = 100_000
        let layers = (0..<count).map { Self.relu("a\($0)", from: [$0 == 0 ? "image" : "a\($0 - 1)"]) }
        let graph = try converted(Self.functional(layers.reversed(), output: "a\(count - 1)"))
        #expect(graph.nodes.count == count)
        #expect(graph.nodes.last?.name == "a\(count - 1)")
    }

    @Test("a million edges convert: a thousand layers that each read a thousand others")
    func edges() throws {
        let first = (0..<1000).map { Self.relu("a\($0)", from: ["image"]) }
        let names = (0..<1000).map { "a\($0)" }
        let second = (0..<1000).map { Self.relu("s\($0)", from: names).replacing("\"ReLU\"", with: "\"Add\"") }
        let graph = try converted(Self.functional(first + second, output: "s999"))
        #expect(graph.nodes.reduce(0) { $0 + $1.inputs.count } == 1_001_000)
    }

    @Test("a cycle of 100,000 layers is refused")
    func cycle() {
        let layers = (0..<100_000).map { Self.relu("a\($0)", from: ["a\(($0 + 1) % 100_000)"]) }
        #expect(codes { () throws(ModelError) in _ = try converted(Self.functional(layers, output: "a0")) } == ["graph.cycle"])
    }

    @Test("100,000 levels of JSON are refused")
    func depth() {
        let text = Self.sequential(String(repeating: #"{"a":["#, count: 50_000))
        #expect(codes { () throws(ModelError) in _ = try converted(text) } == ["json.depth"])
    }

    static let names: [(String, String?)] = [
        ("", "keras.name"), (#"\u0000"#, "keras.name"), ("../x", "keras.name"), ("a/../b", "keras.name"), ("..", "keras.name"),
        (String(repeating: "n", count: 1 << 20), "keras.name"), (String(repeating: "n", count: 1025), "keras.name"),
        (String(repeating: "n", count: 1024), nil), ("a/b", nil), ("a..b", nil), ("caf\u{E9} \u{1F600}", nil), ("image", "keras.duplicate-name"),
    ]

    @Test("names that lead nowhere, and names too long, are refused", arguments: names)
    func name(_ name: String, _ code: String?) {
        let layer = #"{"class_name":"ReLU","config":{"name":"\#(name)"}}"#
        #expect(codes { () throws(ModelError) in _ = try converted(Self.sequential(layer)) } == Set([code].compactMap(\.self)))
    }

    @Test("two names that are equal after Unicode normalisation are one")
    func normalisation() {
        let layers = Self.relu("caf\u{E9}", from: ["image"]) + "," + Self.relu("cafe\u{301}", from: ["image"])
        #expect(codes { () throws(ModelError) in _ = try converted(Self.sequential(layers)) } == ["keras.duplicate-name"])
    }

    static let sizes: [(String, String?)] = [
        (#""class_name":"UpSampling2D","config":{"name":"x","size":[3000000,5000000]}"#, "graph.too-large"),
        (#""class_name":"ZeroPadding2D","config":{"name":"x","padding":[[1073741824,1073741824],[0,0]]}"#, "graph.too-large"),
        (#""class_name":"ZeroPadding2D","config":{"name":"x","padding":[[9223372036854775807,1],[0,0]]}"#, "graph.attributes"),
        (#""class_name":"Reshape","config":{"name":"x","target_shape":[4294967296,4294967296]}"#, "graph.attributes"),
        (#""class_name":"MaxPooling2D","config":{"name":"x","pool_size":0}"#, "graph.attributes"),
        (#""class_name":"MaxPooling2D","config":{"name":"x","strides":-1}"#, "graph.attributes"),
        (#""class_name":"MaxPooling2D","config":{"name":"x","strides":9223372036854775808}"#, "keras.config"),
        (#""class_name":"MaxPooling2D","config":{"name":"x","strides":1.5}"#, "keras.config"),
        (#""class_name":"MaxPooling2D","config":{"name":"x","strides":2.0}"#, nil),
        (#""class_name":"MaxPooling2D","config":{"name":"x","pool_size":[99,1]}"#, "graph.shape"),
        (#""class_name":"RepeatVector","config":{"name":"x","n":4611686018427387904}"#, "keras.config"),
    ]

    @Test("sizes that nothing can have are refused before anything is computed with them", arguments: sizes)
    func size(_ layer: String, _ code: String?) {
        #expect(codes { () throws(ModelError) in _ = try converted(Self.sequential("{\(layer)}")) } == Set([code].compactMap(\.self)))
    }

    @Test("an input of 2^62 elements, of none or of less is refused", arguments: ["[null,2147483648,2147483648,1]", "[null,0,9,3]", "[null,-8,9,3]"])
    func inputSize(_ shape: String) {
        let text = Self.sequential(#"{"class_name":"ReLU","config":{"name":"x"}}"#).replacing("[null,8,9,3]", with: shape)
        #expect(codes { () throws(ModelError) in _ = try converted(text) } == ["graph.too-large"])
    }
}
