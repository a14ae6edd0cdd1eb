import ByteIO
import ModelCore

/// A model's configuration as layers and calls, whether it was Sequential or Functional.
final class KerasNetwork: Sendable {
    let name: String
    let layers: [KerasLayer]
    let calls: [KerasCall]
    let inputs: [KerasReference]
    let outputs: [KerasReference]
    /// The names that the model gives its inputs and outputs; `nil` for those that have none.
    let inputNames: [String?]
    let outputNames: [String?]

    init(
        name: String, layers: [KerasLayer], calls: [KerasCall], inputs: [KerasReference], outputs: [KerasReference], inputNames: [String?] = [],
        outputNames: [String?] = []
    ) {
        self.name = name
        self.layers = layers
        self.calls = calls
        self.inputs = inputs
        self.outputs = outputs
        self.inputNames = inputNames
        self.outputNames = outputNames
    }
}

/// A layer applied to tensors.
struct KerasCall: Sendable {
    /// The layer's position in the network's list.
    let layer: Int
    /// Which call of that layer this is, counted from 0.
    let number: Int
    let inputs: [KerasInput]
    /// What an operator is called with besides.
    var arguments = KerasArguments()

    var tensors: [KerasReference] {
        inputs.compactMap { if case .tensor(let reference) = $0 { reference } else { nil } }
    }
}

/// What a layer is called with.
enum KerasInput: Sendable {
    case tensor(KerasReference)
    case constant(Tensor<Float>)
}

/// A tensor: an output of a call of a layer.
struct KerasReference: Sendable, Hashable {
    let layer: String
    /// Which call, counted from 0.
    let call: Int
    /// Which of the layer's outputs.
    let tensor: Int
}
