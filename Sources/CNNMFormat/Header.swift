internal import ByteIO
internal import ModelCore
internal import ModelGraph

/// A header as it is written: every part has the right type, nothing is known of how the parts fit together.
struct Header {
    /// What the graph's nodes are made of; the weights are not there yet.
    var document: CNNMDocument
    /// For each output of the graph, the shape that the header says it has.
    var outputShapes: [Shape]
    var tensors: [TensorEntry]
}

/// Reads a header from its JSON.
struct HeaderDecoder {
    private var problems: [Problem] = []

    /// - Throws: the first problem of each member and of each element of each array: `cnnm.header`, `cnnm.name`, `cnnm.layout`,
    ///   `cnnm.tensor-shape`, `cnnm.tensor-length`, `cnnm.preprocessing`, `cnnm.fingerprints`, `graph.operator`, `graph.attributes`.
    static func decode(_ json: JSONValue) throws(ModelError) -> Header {
        let root = try Members(json)
        var decoder = HeaderDecoder()
        let header = decoder.header(root)
        if let error = ModelError(decoder.problems) { throw error }
        return header
    }

    private mutating func header(_ root: Members) -> Header {
        var document = CNNMDocument(Graph(name: ""), producer: .init(name: "", version: ""))
        attempt { () throws(ModelError) in document.producer = try root.producer() }
        attempt { () throws(ModelError) in document.source = try root.source() }
        attempt { () throws(ModelError) in document.graph.name = try root.string("name") }
        document.graph.inputs = each("inputs", root) { members throws(ModelError) in try members.input() }
        let outputs = each("outputs", root) { members throws(ModelError) in try members.output() }
        document.graph.outputs = outputs.map(\.output)
        document.graph.nodes = each("nodes", root) { members throws(ModelError) in try members.node() }
        let tensors = each("tensors", root) { members throws(ModelError) in try members.tensor() }
        if root.has("preprocessing") {
            let names = Set(document.graph.inputs.map(\.name))
            document.preprocessing = each("preprocessing", root) { members throws(ModelError) in try members.preprocessing(inputs: names) }
        }
        if root.has("labels") { attempt { () throws(ModelError) in document.labels = try root.strings("labels") } }
        if root.has("metadata") { attempt { () throws(ModelError) in document.metadata = try root.metadata() } }
        let nodeCount = root.object["nodes"]?.array?.count ?? 0
        attempt { () throws(ModelError) in document.fingerprints = try root.fingerprints(nodes: nodeCount) }
        return Header(document: document, outputShapes: outputs.map(\.shape), tensors: tensors)
    }

    /// What `decode` makes of each element of an array of objects, those with problems left out.
    private mutating func each<Element>(_ key: String, _ root: Members, _ decode: (Members) throws(ModelError) -> Element) -> [Element] {
        var array: [JSONValue] = []
        attempt { () throws(ModelError) in array = try root.array(key) }
        var elements: [Element] = []
        elements.reserveCapacity(array.count)
        for (index, json) in array.enumerated() where problems.count < FormatLimits.problems {
            attempt { () throws(ModelError) in elements.append(try decode(try Members(json, section: key, index: index))) }
        }
        return elements
    }

    private mutating func attempt(_ body: () throws(ModelError) -> Void) {
        do throws(ModelError) { try body() } catch { problems += error.problems }
    }
}
