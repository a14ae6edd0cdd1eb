import ModelCore
import ModelGraph

/// A node that works on each row along the last axis by itself, as the activation behind a convolution does.
struct Follower: Sendable {
    let node: Node
    /// The operator for an array of rows.
    let operation: Operator
    let weights: [String: Weight]

    /// - Parameter rank: that of what the node reads.
    /// - Returns: `nil` for a node whose results depend on other rows.
    init?(_ node: Node, weights: [String: Weight], rank: Int) {
        guard node.inputs.count == 1, let operation = node.operation.onRows(rank: rank) else { return nil }
        self.operation = operation
        self.node = node
        self.weights = weights
    }
}
