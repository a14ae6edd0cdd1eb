internal import ByteIO
internal import ModelCore
internal import ModelGraph

extension Members {
    func input() throws(ModelError) -> GraphInput {
        let (shape, layout, dtype) = try valueType()
        return GraphInput(name: try name("name"), shape: shape, layout: layout, dtype: dtype)
    }

    func output() throws(ModelError) -> (output: GraphOutput, shape: Shape) {
        let (shape, layout, _) = try valueType()
        return (GraphOutput(name: try name("name"), value: try name("value"), layout: layout), shape)
    }

    private func valueType() throws(ModelError) -> (Shape, DataLayout?, DType) {
        let shape = try shape("shape")
        let layout = try value("layout").isNull ? nil : try choice("layout", as: DataLayout.self)
        if let fault = FormatRules.fault(ofShape: shape, layout: layout) { throw problem("", fault, code: "cnnm.layout") }
        return (shape, layout, try choice("dtype", as: DType.self))
    }

    func node() throws(ModelError) -> Node {
        let name = try name("name")
        let operatorName = try string("operator")
        guard Operator.definitions[operatorName] != nil else {
            throw ModelError(
                Problem(
                    "graph.operator", "there is no operator \(operatorName.excerpt)", at: Location(path: pointer("operator"), node: name),
                    hint: "the file may be from a newer cnnconvert"))
        }
        let inputs = try names("inputs")
        let outputs = try names("outputs")
        guard outputs.count == 1 else { throw problem("outputs", "has \(outputs.count) elements, \(operatorName) makes 1 value", node: name) }
        var weights: [String: String] = [:]
        for (role, value) in try object("weights") {
            guard let weight = value.string else { throw problem("weights/\(role)", "is not a string", node: name) }
            for text in [role, weight] {
                if let fault = FormatRules.fault(ofName: text) { throw problem("weights", "has a name that \(fault)", code: "cnnm.name", node: name) }
            }
            weights[role] = weight
        }
        let operation = try operation(operatorName, try attributes("attributes"), node: name)
        return Node(name: name, operation: operation, inputs: inputs, output: outputs[0], weights: weights)
    }

    private func operation(_ name: String, _ attributes: AttributeList, node: String) throws(ModelError) -> Operator {
        do throws(ModelError) {
            return try Operator(name: name, attributes: attributes)
        } catch {
            let problems = error.problems.map { problem in
                var problem = problem
                problem.location = Location(path: pointer("attributes"), node: node)
                return problem
            }
            throw ModelError(problems) ?? error
        }
    }

    func tensor() throws(ModelError) -> TensorEntry {
        let entry = TensorEntry(
            name: try name("name"), dtype: try choice("dtype", as: DType.self), shape: try integers("shape"),
            layout: try choice("layout", as: KernelLayout.self), offset: try integer("offset"), length: try integer("length"),
            digest: try digest("sha256"), derivation: try derivation())
        if let fault = FormatRules.fault(ofTensor: entry.shape, layout: entry.layout) {
            throw problem("shape", "of the tensor '\(entry.name)' \(fault)", code: "cnnm.tensor-shape")
        }
        guard let needed = entry.shape.checkedProduct?.multiplied(by: entry.dtype.byteCount), needed == entry.length else {
            throw problem(
                "length", "of the tensor '\(entry.name)' is \(entry.length), which is not that of \(entry.dtype.rawValue) \(entry.shape)",
                code: "cnnm.tensor-length")
        }
        return entry
    }
}

extension Members {
    fileprivate func derivation() throws(ModelError) -> WeightDerivation? {
        guard let json = object["derived"] else { return nil }
        guard let derived = json.object else { throw problem("derived", "is not an object") }
        let members = try Members(.object(derived), section: section, index: index)
        return WeightDerivation(from: try members.strings("from"), by: try members.strings("by"))
    }
}

// MARK: - About the model

extension Members {
    func producer() throws(ModelError) -> CNNMDocument.Producer {
        let producer = try Members(try value("producer"), section: "producer")
        return .init(name: try producer.string("name"), version: try producer.string("version"))
    }

    func source() throws(ModelError) -> CNNMDocument.Source? {
        guard let json = object["source"] else { return nil }
        let source = try Members(json, section: "source")
        return .init(
            framework: try source.string("framework"), version: try source.optionalString("version"), file: try source.optionalString("file"),
            digest: source.has("sha256") ? try source.digest("sha256") : nil)
    }

    func preprocessing(inputs: Set<String>) throws(ModelError) -> CNNMDocument.Preprocessing {
        let preprocessing = CNNMDocument.Preprocessing(
            input: try name("input"), channelOrder: try string("channel_order"), scale: try numbers("scale"), offset: try numbers("offset"))
        if let fault = FormatRules.fault(of: preprocessing, inputs: inputs) { throw problem("", fault, code: "cnnm.preprocessing") }
        return preprocessing
    }

    func metadata() throws(ModelError) -> [String: String] {
        var metadata: [String: String] = [:]
        for (key, value) in try object("metadata") {
            guard let text = value.string else { throw problem("metadata", "has a member that is not a string: \(key.excerpt)") }
            metadata[key] = text
        }
        return metadata
    }
}
