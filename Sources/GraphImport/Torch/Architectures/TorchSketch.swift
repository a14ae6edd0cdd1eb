/// A network as a constructor of torchvision puts it together: calls of functions, and the tensors that its state dict has.
struct TorchSketch: Sendable {
    /// Without weights.
    private(set) var network: TorchNetwork
    /// The parameters and buffers that calls read, in the order in which modules make them.
    private(set) var tensors: [Tensor] = []
    /// The module whose outputs are the classes.
    private(set) var classifier = ""
    /// Modules of which a state dict may have tensors that inference does not read.
    private(set) var trainingModules: [String] = []

    /// What a call makes.
    struct Value: Sendable {
        let name: String
        /// The size of its second axis.
        let channels: Int
    }

    struct Tensor: Sendable {
        let name: String
        let shape: [Int]
    }

    init(_ name: String) {
        network = TorchNetwork(name: name)
    }

    /// An image of three channels; its height and width are open where no size is given.
    mutating func image(_ size: Int?) -> Value {
        network.inputs = [TorchInput(name: "x", sizes: [3, size, size])]
        return Value(name: "x", channels: 3)
    }

    /// A tensor of the state dict as an argument.
    mutating func tensor(_ name: String, _ shape: [Int]) -> TorchArgument {
        tensors.append(Tensor(name: name, shape: shape))
        return .value(name)
    }

    /// A call with one result.
    mutating func call(_ function: String, _ module: String, _ arguments: [String: TorchArgument], channels: Int) -> Value {
        call(function, module, arguments, channels: [channels])[0]
    }

    /// A call with a result for each of these numbers of channels.
    mutating func call(_ function: String, _ module: String, _ arguments: [String: TorchArgument], channels: [Int]) -> [Value] {
        let number = network.calls.count
        let results = channels.indices.map { Value(name: "\(function)_\(number)_\($0)", channels: channels[$0]) }
        network.calls.append(TorchCall(function, arguments, outputs: results.map(\.name), module: module))
        return results
    }

    /// Says that this module's outputs are the classes.
    mutating func classify(by module: String) {
        classifier = module
    }

    /// Says that a state dict may have this module, which is for training alone.
    mutating func leaveOut(_ module: String) {
        trainingModules.append(module)
    }

    /// Says that the network returns this value.
    mutating func end(_ x: Value) {
        network.outputs = [TorchOutput(name: nil, value: x.name)]
    }
}
