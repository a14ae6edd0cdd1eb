import ByteIO
package import ModelCore
package import TorchFormat

extension TorchNetwork {
    /// The network that `torch.jit.trace` recorded.
    ///
    /// - Throws: `torch.script-*` for code that cannot be followed; `torch.input` for inputs that are no tensors of floating point numbers or of
    ///   which nothing says the sizes.
    package init(_ script: TorchScript) throws(ModelError) {
        guard let root = script.root, let type = script.objects[root]?.type else {
            throw ModelError(Problem("torch.script-reference", "the archive holds no network", hint: "save one with torch.jit.save"))
        }
        if let module = script.quantisedModule { throw TorchImporter.quantisedNetwork("it has the code of \(module)") }
        self.init(name: "network")
        var runner = ScriptRunner(script)
        let parameters = try runner.parameters("forward", of: type)
        for parameter in parameters where parameter.type != "Tensor" {
            throw ModelError(
                Problem(
                    "torch.input", "input '\(parameter.name.excerpt)' is no tensor, but \(parameter.type.excerpt)",
                    hint: "trace the network with tensors alone: torch.jit.trace(model.eval(), x)"))
        }
        let arguments = parameters.map { ScriptRunner.Value.argument(.value($0.name)) }
        let result = try runner.run("forward", of: root, path: "", arguments)
        calls = runner.calls
        weights = runner.weights
        outputs = try Self.outputs(result)
        try readInputs(parameters.map(\.name), traced: script.tracedInputs)
    }

    private static func outputs(_ result: ScriptRunner.Value) throws(ModelError) -> [TorchOutput] {
        var outputs: [TorchOutput] = []
        switch result {
        case .argument(let argument): outputs = values(argument).map { TorchOutput(name: nil, value: $0) }
        case .dictionary(let members):
            for (name, argument) in members {
                let values = values(argument)
                outputs += values.map { TorchOutput(name: values.count == 1 ? name : nil, value: $0) }
            }
        case .module, .function: break
        }
        guard !outputs.isEmpty else {
            throw ModelError(Problem("torch.script-value", "the network returns no tensor", hint: "trace a network that returns tensors"))
        }
        return outputs
    }

    /// The tensors in what a network returns; lists nest two deep at most.
    private static func values(_ argument: TorchArgument) -> [String] {
        switch argument {
        case .value(let name): [name]
        case .list(let items): items.flatMap(values)
        default: []
        }
    }

    private mutating func readInputs(_ names: [String], traced: [TracedInput?]) throws(ModelError) {
        var problems: [Problem] = []
        for (position, name) in names.enumerated() {
            var sizes: [Int?]?
            if traced.count == names.count, let input = traced[position] {
                let isFloatingPoint = [.float16, .bfloat16, .float32, .float64].contains(input.type)
                sizes = isFloatingPoint && !input.shape.isEmpty ? Array(input.shape.dropFirst()) : nil
                recordedShapes[name] = input.shape
            } else {
                sizes = ScriptInputSizes(self).sizes(of: name)
            }
            if let sizes {
                inputs.append(TorchInput(name: name, sizes: sizes))
            } else {
                problems.append(
                    Problem(
                        "torch.input", "input '\(name.excerpt)' is no tensor of floating point numbers whose sizes the file says",
                        hint: "trace the network again with PyTorch 2.13, which writes them down, or export it with torch.export"))
            }
        }
        guard let error = ModelError(problems) else { return }
        // No function that is not known says what sizes its argument has.
        try TorchImporter.requireSupport(self)
        throw error
    }
}

extension TorchScript {
    /// A module of the code that computes with integers and a scale: those of `torch.ao.nn.quantized`, and of `torch.nn.quantized` before.
    fileprivate var quantisedModule: String? {
        let types = objects.values.map(\.type) + code.keys
        return types.filter { $0.contains(".quantized.") }.min().map { $0.hasPrefix("__torch__.") ? String($0.dropFirst(10)) : $0 }
    }
}
