package import ModelCore
package import ModelGraph

/// The weights of a network as PyTorch's `state_dict()` has them.
package enum StateDictExport {
    /// The tensors that were in the state dict that a graph was made of, as they were.
    ///
    /// - Throws: `export.state-dict` for a record that does not fit the weights.
    package static func tensors(of graph: Graph, record: StateDictRecord) throws(ModelError) -> [(name: String, source: WeightSource)] {
        var tensors: [(name: String, source: WeightSource)] = []
        for tensor in record.tensors {
            guard let source = graph.weights[tensor.weight].flatMap({ tensor.tensor(of: $0.source) }) else {
                throw ModelError(
                    Problem("export.state-dict", "tensor '\(tensor.name)' is said to be in the weight '\(tensor.weight)', which is not so"))
            }
            tensors.append((tensor.name, source))
        }
        for (name, count) in record.counters.sorted(by: { $0.key < $1.key }) { tensors.append((name, scalar(count, name: name))) }
        return tensors
    }

    /// The tensors of a graph that was not made of a state dict, by name, in the order of the nodes. Names of Keras become what PyTorch calls them:
    /// `block/conv/kernel` is `block.conv.weight`.
    ///
    /// - Parameter graph: with channels before spatial axes, as `LayoutConversion` makes it.
    /// - Throws: `export.state-dict` for two weights of one name.
    package static func tensors(of graph: Graph) throws(ModelError) -> [(name: String, source: WeightSource)] {
        var tensors: [(name: String, source: WeightSource)] = []
        var origins: [String: String] = [:]
        for node in graph.nodes {
            for role in type(of: node.operation.definition).weightRoles {
                guard let key = node.weights[role.name], let weight = graph.weights[key] else { continue }
                let original = withoutNumber(key, of: graph)
                let name = name(of: original, role: role.name)
                if let other = origins[name] {
                    guard other == original else {
                        throw ModelError(
                            Problem(
                                "export.state-dict", "weights '\(other)' and '\(original)' would both be called '\(name)'",
                                at: Location(node: node.name)))
                    }
                    continue
                }
                guard let source = source(weight, node) else { continue }
                origins[name] = original
                tensors.append((name, source))
            }
        }
        return tensors
    }

    /// What a weight is in the state dict; `nil` for numbers of the network's code.
    private static func source(_ weight: Weight, _ node: Node) -> WeightSource? {
        switch node.operation {
        case .constant: nil
        // One slope for each channel.
        case .prelu where weight.source.shape.filter({ $0 != 1 }).count <= 1: weight.source.reshaped([weight.source.count])
        default: weight.source
        }
    }

    /// A weight that is read in several ways is in the graph several times, from the second on with a number.
    private static func withoutNumber(_ key: String, of graph: Graph) -> String {
        guard let colon = key.lastIndex(of: ":"), Int(key[key.index(after: colon)...]) != nil, graph.weights[String(key[..<colon])] != nil else {
            return key
        }
        return String(key[..<colon])
    }

    private static let variables: [String: Set<String>] = [
        "kernel": ["kernel", "depthwise_kernel", "pointwise_kernel"], "bias": ["bias"], "gamma": ["gamma", "scale"], "beta": ["beta"],
        "mean": ["moving_mean"], "variance": ["moving_variance"], "alpha": ["alpha"], "table": ["embeddings"],
    ]
    private static let torchNames = [
        "kernel": "weight", "bias": "bias", "gamma": "weight", "beta": "bias", "mean": "running_mean", "variance": "running_var", "alpha": "weight",
        "table": "weight",
    ]

    /// PyTorch's name for a weight that Keras named after its role; any other stays, but for slashes.
    private static func name(of key: String, role: String) -> String {
        guard let slash = key.lastIndex(of: "/") else { return key }
        let (owner, variable) = (key[..<slash], key[key.index(after: slash)...])
        guard let known = variables[role], known.contains(String(variable)), let torch = torchNames[role] else {
            return key.replacing("/", with: ".")
        }
        let part = variable.hasSuffix("wise_kernel") ? "\(owner)/\(variable.dropLast("_kernel".count))" : String(owner)
        return "\(part)/\(torch)".replacing("/", with: ".")
    }

    private static func scalar(_ value: Int, name: String) -> WeightSource {
        WeightSource(dtype: .int64, shape: [], origin: name) { consumer throws(ModelError) in
            let bytes = withUnsafeBytes(of: Int64(value).littleEndian, Array.init)
            var failure: ModelError?
            bytes.withUnsafeBytes { bytes in
                do throws(ModelError) { try consumer(bytes) } catch { failure = error }
            }
            if let failure { throw failure }
        }
    }
}
