package import ModelCore
package import ModelGraph

/// The weights of a network as PyTorch's `state_dict()` has them.
package enum StateDictExport {
    /// What a graph does not say about the state dict that it was made of.
    package struct Notes: Sendable, Hashable {
        /// The shapes of tensors that are operands, for the graph has them with as many axes as the other operand.
        package var shapes: [String: [Int]] = [:]
        /// How many batches each normalisation has seen, by the names in the state dict.
        package var counters: [String: Int] = [:]

        package init() {}
    }

    /// The tensors by name, in the order of the nodes. Names of PyTorch are kept; those of Keras become what PyTorch calls them:
    /// `block/conv/kernel` is `block.conv.weight`.
    ///
    /// - Parameter graph: with channels before spatial axes, as `LayoutConversion` makes it.
    /// - Throws: `export.state-dict` for two weights of one name.
    package static func tensors(of graph: Graph, notes: Notes) throws(ModelError) -> [(name: String, source: WeightSource)] {
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
                guard let source = source(weight, original, role.name, node, notes) else { continue }
                origins[name] = original
                tensors.append((name, source))
            }
            guard case .batchNormalization = node.operation, let mean = node.weights["mean"] else { continue }
            let counter = name(of: withoutNumber(mean, of: graph), role: "mean").replacing("running_mean", with: "num_batches_tracked")
            if let count = notes.counters[counter], origins[counter] == nil {
                origins[counter] = counter
                tensors.append((counter, scalar(count, name: counter)))
            }
        }
        return tensors
    }

    /// What a weight is in the state dict; `nil` for numbers of the network's code.
    private static func source(_ weight: Weight, _ name: String, _ role: String, _ node: Node, _ notes: Notes) -> WeightSource? {
        switch node.operation {
        case .constant:
            guard let shape = notes.shapes[name], shape.checkedProduct == weight.source.count else { return nil }
            return weight.source.reshaped(shape)
        // One slope for each channel.
        case .prelu where weight.source.shape.filter({ $0 != 1 }).count <= 1: return weight.source.reshaped([weight.source.count])
        default: return weight.source
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
