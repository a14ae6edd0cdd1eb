import ByteIO
package import ModelCore
package import TorchFormat

extension TorchNetwork {
    /// The network that `torch.jit.trace` recorded.
    ///
    /// - Parameter inputShapes: sizes for what the file leaves open.
    /// - Throws: `torch.script-*` for code that cannot be followed; `torch.input` for inputs that are no tensors of floating point numbers or of
    ///   which nothing says the sizes.
    package init(_ script: TorchScript, inputShapes: [InputShape] = []) throws(ModelError) {
        guard let root = script.root, let type = script.objects[root]?.type else {
            throw ModelError(Problem("torch.script-reference", "the archive holds no network", hint: "save one with torch.jit.save"))
        }
        if let module = script.quantisedModule { throw TorchImporter.quantisedNetwork("it has the code of \(module)") }
        self.init(name: "network")
        var reader = ScriptRunner(script, inputs: [])
        let parameters = try reader.parameters("forward", of: type)
        for parameter in parameters where parameter.type != "Tensor" {
            throw ModelError(
                Problem(
                    "torch.input", "input '\(parameter.name.excerpt)' is no tensor, but \(parameter.type.excerpt)",
                    hint: "trace the network with tensors alone: torch.jit.trace(model.eval(), x)"))
        }
        let names = parameters.map(\.name)
        let traced = script.tracedInputs.count == names.count ? script.tracedInputs : names.map { _ in nil }
        let given = Self.given(inputShapes, names)
        var runner = ScriptRunner(
            script,
            inputs: zip(names, zip(traced, given)).map { name, shapes in
                TorchInput(name: name, sizes: shapes.0.map { Array($0.shape.dropFirst()) } ?? shapes.1 ?? [])
            })
        let arguments = parameters.map { ScriptRunner.Value.argument(.value($0.name)) }
        let result = try runner.run("forward", of: root, path: "", arguments)
        calls = runner.calls
        weights = runner.weights
        outputs = try Self.outputs(result)
        try readInputs(names, traced: traced, given: given)
        self = try filling(inputShapes)
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

    /// The sizes after samples that are given for inputs of these names.
    private static func given(_ shapes: [InputShape], _ names: [String]) -> [[Int?]?] {
        var unnamed = shapes.filter { $0.name == nil }.makeIterator()
        return names.map { name in (shapes.first { $0.name == name } ?? unnamed.next()).map { Array($0.sizes.dropFirst()) } }
    }

    private mutating func readInputs(_ names: [String], traced: [TracedInput?], given: [[Int?]?]) throws(ModelError) {
        var problems: [Problem] = []
        for (position, name) in names.enumerated() {
            var sizes: [Int?]?
            if let input = traced[position] {
                let isFloatingPoint = [.float16, .bfloat16, .float32, .float64].contains(input.type)
                sizes = isFloatingPoint && !input.shape.isEmpty ? Array(input.shape.dropFirst()) : nil
                recordedShapes[name] = input.shape
            } else {
                sizes = ScriptInputSizes(self).sizes(of: name) ?? given[position].map { $0.map { _ in nil } }
            }
            if let sizes {
                inputs.append(TorchInput(name: name, sizes: sizes))
            } else {
                problems.append(
                    Problem(
                        "torch.input", "input '\(name.excerpt)' is no tensor of floating point numbers whose sizes the file says",
                        hint:
                            "say how large it is with `Conversion.Options.inputShapes`: \(name.excerpt)=1,3,224,224; or export the network with torch.export"
                    ))
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
