package import ByteIO
internal import ModelCore

/// Recorded results by which a file tests itself.
package enum Fingerprints: Sendable, Hashable {
    /// Those of the specification.
    case recorded(FingerprintList)
    /// Of a version that this program does not know: carried along, and not looked into.
    case unknown(JSONValue)
}

/// What each node was, and what it gave on noise.
package struct FingerprintList: Sendable, Hashable {
    /// Where the noise begins.
    package var seed: Int
    /// The shapes of the network's inputs in the trial, in their order; `nil` where they follow from the network.
    package var inputs: [[Int]]?
    /// One for each node of the graph, in its order.
    package var nodes: [Fingerprint]

    package init(seed: Int, inputs: [[Int]]? = nil, nodes: [Fingerprint]) {
        self.seed = seed
        self.inputs = inputs
        self.nodes = nodes
    }
}

/// One node's part.
package struct Fingerprint: Sendable, Hashable {
    /// The shape of its output.
    package var shape: [Int]
    /// The signed sum of sampled elements of its output, `nil` where there is none.
    package var projection: Double?
    package var digest: NodeDigest

    package init(shape: [Int], projection: Double?, digest: NodeDigest) {
        self.shape = shape
        self.projection = projection
        self.digest = digest
    }

    /// One for a node of which nothing but the shape is known yet, with the longest text that one of this shape can have.
    package static func blank(shape: [Int]) -> Fingerprint {
        Fingerprint(shape: shape, projection: -Double.leastNormalMagnitude, digest: .zero)
    }
}

extension Fingerprints {
    fileprivate static let version = 1

    /// Gives each node the longest text that it can have.
    mutating func fill() {
        guard case .recorded(var list) = self else { return }
        list.nodes = list.nodes.map { .blank(shape: $0.shape) }
        self = .recorded(list)
    }

    var json: JSONValue {
        switch self {
        case .unknown(let json): json
        case .recorded(let list): list.json
        }
    }
}

extension FingerprintList {
    fileprivate var json: JSONValue {
        var members: JSONObject = ["version": .integer(Fingerprints.version), "seed": .integer(seed)]
        members["inputs"] = inputs.map { .array($0.map { .array($0.map(JSONValue.integer)) }) }
        members["nodes"] = .array(
            nodes.map { node in
                .array([.array(node.shape.map(JSONValue.integer)), node.projection.map(JSONValue.number) ?? .null, .string(node.digest.text)])
            })
        return .object(members)
    }
}

extension Members {
    /// - Parameter count: how many nodes the header has.
    /// - Throws: `cnnm.fingerprints` for those of the version that is known, where they are not as they should be.
    func fingerprints(nodes count: Int) throws(ModelError) -> Fingerprints? {
        guard let json = object["fingerprints"] else { return nil }
        guard json["version"] == .integer(1) else { return .unknown(json) }
        guard let seed = json["seed"]?.integer, let elements = json["nodes"]?.array else {
            throw problem("fingerprints", "needs an integer 'seed' and an array 'nodes'", code: "cnnm.fingerprints")
        }
        guard elements.count == count else {
            throw problem("fingerprints/nodes", "has \(elements.count) elements for \(count) nodes", code: "cnnm.fingerprints")
        }
        var nodes: [Fingerprint] = []
        nodes.reserveCapacity(count)
        for (index, element) in elements.enumerated() {
            guard let node = Fingerprint(element) else {
                throw problem(
                    "fingerprints/nodes/\(index)", "is not a shape, a number or null, and 16 lower-case hexadecimal digits", code: "cnnm.fingerprints"
                )
            }
            nodes.append(node)
        }
        return .recorded(FingerprintList(seed: seed, inputs: try trialInputs(json), nodes: nodes))
    }

    private func trialInputs(_ json: JSONValue) throws(ModelError) -> [[Int]]? {
        guard let member = json["inputs"] else { return nil }
        let inputs = member.array?.compactMap { $0.trialShape } ?? []
        guard let elements = member.array, inputs.count == elements.count else {
            throw problem("fingerprints/inputs", "is not a shape for each input", code: "cnnm.fingerprints")
        }
        return inputs
    }
}

extension Fingerprint {
    fileprivate init?(_ json: JSONValue) {
        guard let parts = json.array, parts.count == 3, let shape = parts[0].trialShape,
            let digest = parts[2].string.flatMap(NodeDigest.init(text:)), parts[1].isNull || parts[1].double != nil
        else { return nil }
        self.init(shape: shape, projection: parts[1].double, digest: digest)
    }
}

extension JSONValue {
    /// A shape with nothing left open.
    fileprivate var trialShape: [Int]? {
        guard let sizes = array, sizes.count <= FormatLimits.rank else { return nil }
        let shape = sizes.compactMap(\.integer)
        return shape.count == sizes.count && shape.allSatisfy { $0 >= 1 } ? shape : nil
    }
}
