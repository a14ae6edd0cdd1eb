package import ModelCore

/// A network as PyTorch runs it: calls of functions on tensors, one after the other. `torch.export`, TorchScript and the catalogue come to this.
///
/// Axes are PyTorch's own. The first axis of every tensor that depends on an input counts samples.
package struct TorchNetwork: Sendable {
    package let name: String
    package var inputs: [TorchInput] = []
    package var calls: [TorchCall] = []
    package var outputs: [TorchOutput] = []
    /// Parameters, buffers and constants by the values that calls read them as.
    package var weights: [String: TorchWeight] = [:]
    /// The shapes of values that the file has besides, samples included: what comes out otherwise was misunderstood.
    package var recordedShapes: [String: [Int?]] = [:]

    package init(name: String) {
        self.name = name
    }

    /// The names of the tensors that calls read.
    package var readWeights: Set<String> {
        Set(calls.flatMap { $0.arguments.values.flatMap(\.valueNames) }.compactMap { weights[$0]?.name })
    }
}

extension TorchNetwork {
    /// The network for inputs of these sizes.
    /// - Throws: `convert.input-shape`.
    package func filling(_ shapes: [InputShape]) throws(ModelError) -> TorchNetwork {
        var network = self
        let filled = try InputShape.filled(inputs.map { ($0.name, Shape([nil] + $0.sizes)) }, with: shapes)
        network.inputs = zip(inputs, filled).map { TorchInput(name: $0.name, sizes: Array($1.sizes.dropFirst())) }
        return network
    }
}

package struct TorchInput: Sendable {
    /// The name of the value that calls read, and of the graph's input.
    package let name: String
    /// Without samples, `[3, 224, 224]`; `nil` where a size is open.
    package let sizes: [Int?]

    package init(name: String, sizes: [Int?]) {
        self.name = name
        self.sizes = sizes
    }
}

package struct TorchOutput: Sendable {
    /// What the caller of the network calls it; `nil` where only its place says what it is.
    package let name: String?
    package let value: String

    package init(name: String?, value: String) {
        self.name = name
        self.value = value
    }
}

/// A tensor of the file.
package struct TorchWeight: Sendable {
    /// As in the state dict: `layer1.0.conv1.weight`.
    package let name: String
    package let source: WeightSource
    /// Whether it stands in the code of the network and not in its state dict.
    package let isLiteral: Bool
    /// How it is made, if no file holds it.
    let derived: DerivedValue?
    /// What it is for several samples, if code made it for as many samples as there are; `self` is for one.
    var forSeveral: DerivedValue?

    package init(name: String, source: WeightSource, isLiteral: Bool = false) {
        self.name = name
        self.source = source
        self.isLiteral = isLiteral
        derived = nil
    }

    /// What arithmetic on weights alone makes.
    init(name: String, derived: DerivedValue) {
        self.name = name
        self.derived = derived
        source = derived.source(origin: name)
        isLiteral = false
    }

    /// The same with a source that knows, however its axes are moved, which tensor it is.
    var named: TorchWeight { TorchWeight(name: name, source: source.named(name), isLiteral: isLiteral) }
}

/// One call of a function of PyTorch.
package struct TorchCall: Sendable {
    /// Without namespace and overload: `conv2d`, `add_`, `mean`.
    package let function: String
    /// By the names of PyTorch's native functions; those left out have PyTorch's defaults.
    package let arguments: [String: TorchArgument]
    /// The values that it makes, in order. One that is a list of tensors is so many values.
    package let outputs: [String]
    /// The module that makes the call, `layer1.0.conv1`; empty for the network itself.
    package let module: String
    /// The line of source code, for messages; empty where it is not known.
    package let line: String

    package init(_ function: String, _ arguments: [String: TorchArgument], outputs: [String], module: String, line: String = "") {
        self.function = function
        self.arguments = arguments
        self.outputs = outputs
        self.module = module
        self.line = line
    }
}

package indirect enum TorchArgument: Sendable, Hashable {
    case none
    case bool(Bool)
    case integer(Int)
    case number(Double)
    case text(String)
    /// A value that a call before made, an input, or a weight.
    case value(String)
    case list([TorchArgument])
    /// Something of a kind that no supported function takes.
    case other(String)
}
