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
        guard node.inputs.count == 1, rank >= 1 else { return nil }
        switch node.operation {
        case .activation, .identity: operation = node.operation
        case .softmax(var softmax) where softmax.axes == [rank - 1]:
            softmax.axes = [1]
            operation = softmax.erased
        case .batchNormalization(var normalization) where normalization.axis == rank - 1:
            normalization.axis = 1
            operation = normalization.erased
        case .rescaling(let rescaling) where rescaling.scale.count == 1 && rescaling.offset.count == 1: operation = node.operation
        default: return nil
        }
        self.node = node
        self.weights = weights
    }
}
