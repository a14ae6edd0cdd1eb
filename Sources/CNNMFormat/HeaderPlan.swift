internal import ByteIO
internal import ModelCore
internal import ModelGraph

/// A checked header whose tensors have no places and digests yet, and the room that it will need.
struct HeaderPlan {
    var header: Header
    /// Bytes of the header, padding included.
    let length: Int

    /// - Throws: `cnnm.name`, `cnnm.layout`, `cnnm.tensor-shape`, `cnnm.preprocessing`, `cnnm.header-length`, `graph.*`.
    init(_ document: CNNMDocument, limit: Int = FormatLimits.header) throws(ModelError) {
        try document.checkParts()
        let shapes = try document.graph.inferShapes()
        var entries: [TensorEntry] = []
        for name in document.weightOrder {
            guard let weight = document.graph.weights[name], let blank = Digest256(repeatElement(0, count: 32)) else { continue }
            let source = weight.source
            entries.append(
                TensorEntry(
                    name: name, dtype: source.dtype, shape: source.shape, layout: weight.layout, offset: 0, length: source.byteCount, digest: blank,
                    derivation: source.derivation))
        }
        header = Header(document: document, outputShapes: document.graph.outputs.map { shapes[$0.value] ?? Shape([]) }, tensors: entries)
        length = try Self.length(of: header, limit: limit)
    }

    /// The bytes of `header`, padded to the length that was planned.
    ///
    /// - Throws: `cnnm.header-length` where more was recorded meanwhile than there was room for.
    func bytes(of header: Header) throws(ModelError) -> [UInt8] {
        let bytes = try JSON.serialize(header.json)
        guard bytes.count <= length else {
            throw ModelError(Problem("cnnm.header-length", "the header has \(bytes.count) bytes, \(length) were kept for it", kind: .fault))
        }
        return bytes + repeatElement(UInt8(ascii: " "), count: length - bytes.count)
    }

    /// The length of the header if every offset had as many digits as the largest can have, and every fingerprint too.
    private static func length(of header: Header, limit: Int) throws(ModelError) -> Int {
        var header = header
        header.document.fingerprints?.fill()
        let shortest = try JSON.serialize(header.json).count
        let lengths = header.tensors.compactMap { $0.length.roundedUp(toMultipleOf: FormatLimits.tensorAlignment) }
        let data = lengths.count == header.tensors.count ? lengths.checkedSum : nil
        var power = 10
        for digits in 1..<19 {
            let length = shortest + header.tensors.count * (digits - 1)
            guard length <= limit else {
                throw ModelError(
                    Problem(
                        "cnnm.header-length", "the header would have \(length) bytes, \(limit) are allowed",
                        hint: "the network has too many layers, or too much is recorded with it"))
            }
            let start = (Prologue.byteCount + length).roundedUp(toMultipleOf: FormatLimits.pageAlignment)
            if let start, let end = data.flatMap(start.adding), end <= power { return length }
            power *= 10
        }
        throw ModelError(Problem("cnnm.tensor-shape", "the weights are larger than any file"))
    }
}

extension CNNMDocument {
    /// The names of all weights: those that nodes read in the order in which they do, then the others by name.
    var weightOrder: [String] {
        let read = graph.weightOrder
        return read + Set(graph.weights.keys).subtracting(read).sorted()
    }

    /// - Throws: everything that the format forbids and a graph does not: `cnnm.name`, `cnnm.layout`, `cnnm.tensor-shape`, `cnnm.preprocessing`.
    fileprivate func checkParts() throws(ModelError) {
        var problems: [Problem] = []
        func report(_ code: String, _ subject: String, _ fault: String?, node: String? = nil) {
            guard let fault, problems.count < FormatLimits.problems else { return }
            problems.append(Problem(code, "\(subject) \(fault)", at: Location(node: node)))
        }
        func check(_ name: String, _ kind: String) {
            report("cnnm.name", "the name \(name.excerpt) of \(kind)", FormatRules.fault(ofName: name))
        }
        for input in graph.inputs {
            check(input.name, "an input")
            report("cnnm.layout", "the input '\(input.name)'", FormatRules.fault(ofShape: input.shape, layout: input.layout))
        }
        for output in graph.outputs { check(output.name, "an output") }
        for node in graph.nodes {
            check(node.name, "a layer")
            check(node.output, "a value")
        }
        for (name, weight) in graph.weights.sorted(by: { $0.key < $1.key }) {
            check(name, "a weight")
            let shape = weight.source.shape
            let fault = FormatRules.fault(ofTensor: shape, layout: weight.layout)
            let isCountable = shape.checkedProduct?.multiplied(by: weight.source.dtype.byteCount) != nil
            report("cnnm.tensor-shape", "the weight \(name.excerpt)", fault ?? (isCountable ? nil : "is larger than any file"))
        }
        let inputs = Set(graph.inputs.map(\.name))
        for preprocessing in preprocessing { report("cnnm.preprocessing", "the preprocessing", FormatRules.fault(of: preprocessing, inputs: inputs)) }
        if let error = ModelError(problems) { throw error }
    }
}
