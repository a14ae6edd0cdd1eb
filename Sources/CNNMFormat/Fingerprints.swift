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
    /// One for each node of the graph, in its order.
    package var nodes: [Fingerprint]

    package init(seed: Int, nodes: [Fingerprint]) {
        self.seed = seed
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
    private static let version = 1

    /// Gives each node the longest text that it can have.
    mutating func fill() {
        guard case .recorded(var list) = self else { return }
        list.nodes = list.nodes.map { .blank(shape: $0.shape) }
        self = .recorded(list)
    }

    var json: JSONValue {
        switch self {
        case .unknown(let json): json
        case .recorded(let list):
            [
                "version": .integer(Self.version), "seed": .integer(list.seed),
                "nodes": .array(
                    list.nodes.map { node in
                        .array([
                            .array(node.shape.map(JSONValue.integer)), node.projection.map(JSONValue.number) ?? .null, .string(node.digest.text),
                        ])
                    }),
            ]
        }
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
        return .recorded(FingerprintList(seed: seed, nodes: nodes))
    }
}

extension Fingerprint {
    fileprivate init?(_ json: JSONValue) {
        guard let parts = json.array, parts.count == 3, let sizes = parts[0].array, sizes.count <= FormatLimits.rank,
            let digest = parts[2].string.flatMap(NodeDigest.init(text:)), parts[1].isNull || parts[1].double != nil
        else { return nil }
        let shape = sizes.compactMap(\.integer)
        guard shape.count == sizes.count, shape.allSatisfy({ $0 >= 1 }) else { return nil }
        self.init(shape: shape, projection: parts[1].double, digest: digest)
    }
}
