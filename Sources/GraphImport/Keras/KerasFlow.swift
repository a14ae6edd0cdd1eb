import ByteIO
import KerasFormat
import ModelCore
import ModelGraph

/// Follows the calls of a network and emits a node for each operator.
///
/// A value is named as the layer that makes it; a later call of a shared layer adds `:1`, `:2`, ..., a nested model's name goes before with a slash.
struct KerasFlow {
    private var builder: GraphBuilder
    private let weights: KerasWeightAssignment
    private var sizes = KerasSizes()
    private var problems: [Problem] = []
    /// What has been reported of layers that are called again and again.
    private var reported: Set<Problem> = []
    /// Weights that have been added, by name, with the shape that the operator sees.
    private var addedWeights: Set<String> = []
    /// Nested models that have been applied once, by the names that lead to them.
    private var applied: Set<String> = []
    /// Calls and their inputs in all further applications of nested models.
    private var repeatedWork = 0
    /// A model that calls itself twice in each of its levels doubles with each: what a file asks for beyond what it holds is limited.
    private static let repeatedWorkLimit = 1 << 18

    init(weights: KerasWeightAssignment, name: String) {
        self.weights = weights
        builder = GraphBuilder(name: name)
    }

    var graph: Graph { builder.graph }

    /// Adds a whole model with its inputs and outputs.
    /// - Throws: all problems of weights and shapes. A layer that reads the output of a faulty one is not reported again.
    mutating func build(_ network: KerasNetwork) throws(ModelError) {
        var values: [String] = []
        for input in network.inputs {
            do throws(ModelError) {
                let declared = try Self.declaredInput(input, of: network)
                builder.addInput(declared)
                values.append(declared.name)
            } catch {
                problems += error.problems
            }
        }
        if let error = ModelError(problems) { throw error }
        let outputs = apply(network, to: values, prefix: "", weightPrefix: "")
        if let error = ModelError(problems) { throw error }
        var names: Set<String> = []
        var numbers: [String: Int] = [:]
        for (position, value) in outputs.enumerated() {
            guard let value else { continue }
            if sizes.contains(value) {
                throw ModelError(
                    Problem("keras.unsupported-call", "an output is the sizes of a tensor", at: Location(path: "/model_config", node: value)))
            }
            let given = network.outputNames.indices.contains(position) ? network.outputNames[position] : nil
            let wanted = given ?? network.outputs[position].layer
            var name = wanted
            while !names.insert(name).inserted {
                numbers[wanted, default: 0] += 1
                name = "\(wanted):\(numbers[wanted, default: 0])"
            }
            builder.addOutput(GraphOutput(name: name, value: value))
        }
    }

    /// The input that an InputLayer declares. The number of samples is left open, whatever the file says.
    private static func declaredInput(_ reference: KerasReference, of network: KerasNetwork) throws(ModelError) -> GraphInput {
        guard let layer = network.layers.first(where: { $0.name == reference.layer }), layer.className == "InputLayer" else {
            throw ModelError(
                Problem("keras.config", "input '\(reference.layer)' is not an InputLayer", at: Location(path: "/model_config", node: reference.layer))
            )
        }
        guard let shape = layer.config["batch_shape"]?.array, !shape.isEmpty, shape.allSatisfy({ $0.isNull || $0.integer != nil }) else {
            throw layer.problem(
                "keras.config", "declares no shape", key: "batch_shape", hint: "build the model for a definite input and save it again")
        }
        let declared = Shape([nil] + shape.dropFirst().map(\.integer))
        try Graph.checkSize(declared, of: "input '\(layer.name)'")
        return GraphInput(name: layer.name, shape: declared)
    }

    // MARK: Calls

    /// Applies a network to values.
    /// - Returns: its outputs; `nil` where a problem has been recorded.
    private mutating func apply(_ network: KerasNetwork, to inputs: [String?], prefix: String, weightPrefix: String) -> [String?] {
        if !applied.insert(weightPrefix).inserted {
            let room = Self.repeatedWorkLimit - repeatedWork
            guard room >= 0 else { return network.outputs.map { _ in nil } }
            repeatedWork += network.calls.reduce(1 + network.outputs.count) { $0 + 1 + $1.inputs.count }
            if repeatedWork > Self.repeatedWorkLimit {
                problems.append(
                    Problem(
                        "keras.too-large", "model '\(network.name)' and others are called so often that their layers cannot be listed",
                        at: Location(path: "/model_config", node: network.name)))
                return network.outputs.map { _ in nil }
            }
        }
        var results = CallResults()
        for (reference, value) in zip(network.inputs, inputs) { results[reference] = value }
        let names = Set(network.layers.map(\.name))
        let order = Self.order(of: network)
        for call in order.calls {
            let layer = network.layers[call.layer]
            if layer.className == "InputLayer" {
                check(layer)
                continue
            }
            let name = prefix + layer.name + Self.suffix(of: call, layer, names)
            let arguments = call.inputs.enumerated().map { argument($1, "\(name)/constant_\($0)", of: layer, in: results) }
            let outputs = applyLayer(layer, name: name, weightPrefix: weightPrefix, with: arguments, call.arguments)
            results.note(outputs, of: call, layer)
        }
        for call in order.unreached {
            record(network.layers[call.layer], "graph.cycle", "reads what only it, or a layer after it, makes")
        }
        return network.outputs.map { reference in
            guard let value = results[reference] else {
                if order.unreached.isEmpty {
                    problems.append(
                        Problem(
                            "keras.undefined",
                            "an output is call \(reference.call) of layer '\(reference.layer)', tensor \(reference.tensor), which nothing makes",
                            at: Location(path: "/model_config", node: reference.layer)))
                }
                return nil
            }
            return value
        }
    }

    /// What calls have made; `nil` for a result of one of which a problem has been recorded.
    private struct CallResults {
        private var values: [KerasReference: String?] = [:]
        private var faulty: Set<KerasReference> = []

        subscript(reference: KerasReference) -> String?? {
            get {
                let isFaulty = faulty.contains(KerasReference(layer: reference.layer, call: reference.call, tensor: 0))
                return values[reference] ?? (isFaulty ? .some(nil) : nil)
            }
            set { values[reference] = newValue }
        }

        /// A call with a problem may have fewer results here than it has in the file.
        mutating func note(_ outputs: [String?], of call: KerasCall, _ layer: KerasLayer) {
            for (tensor, value) in outputs.enumerated() { self[KerasReference(layer: layer.name, call: call.number, tensor: tensor)] = value }
            if outputs.contains(nil) { faulty.insert(KerasReference(layer: layer.name, call: call.number, tensor: 0)) }
        }
    }

    /// `:1` for the second call of a layer, `::1` where a layer has that name.
    private static func suffix(of call: KerasCall, _ layer: KerasLayer, _ names: Set<String>) -> String {
        guard call.number > 0 else { return "" }
        var suffix = ":\(call.number)"
        while names.contains(layer.name + suffix) { suffix = ":" + suffix }
        return suffix
    }

    /// What a call reads; `nil` where a problem has been recorded.
    /// - Parameter constant: the name of the value that is made where it reads a constant.
    private mutating func argument(
        _ input: KerasInput, _ constant: String, of layer: KerasLayer, in results: CallResults
    ) -> String? {
        switch input {
        case .tensor(let reference):
            guard let value = results[reference] else {
                record(
                    layer, "keras.undefined",
                    "reads call \(reference.call) of layer '\(reference.layer)', tensor \(reference.tensor), which nothing makes")
                return nil
            }
            return value
        case .constant(let tensor):
            builder.addWeight(constant, Weight(WeightSource(tensor, origin: layer.path + "/inbound_nodes"), layout: .other))
            return add(constant, Constant().erased, [], ["value": constant])
        }
    }

    /// Applies a layer, which may be a model or wrap another layer.
    /// - Returns: its outputs; `nil` where a problem has been recorded.
    private mutating func applyLayer(
        _ layer: KerasLayer, name: String, weightPrefix: String, with arguments: [String?], _ details: KerasArguments = KerasArguments()
    ) -> [String?] {
        guard name.utf8.count <= KerasName.limit else {
            record(layer, "keras.name", "has \(name.utf8.count) bytes in its name with those of its models, \(KerasName.limit) are allowed")
            return Array(repeating: nil, count: layer.network?.outputs.count ?? 1)
        }
        if let inner = layer.network {
            guard inner.inputs.count == arguments.count else {
                record(layer, "keras.config", "takes \(inner.inputs.count) inputs and is called with \(arguments.count)")
                return inner.outputs.map { _ in nil }
            }
            let made = apply(inner, to: arguments, prefix: name + "/", weightPrefix: weightPrefix + layer.name + "/")
            return made.count == 1 ? [renamed(made[0], to: name)] : made
        }
        if !layer.wrapped.isEmpty { check(layer) }
        guard let inner = layer.wrapped.first else { return emit(layer, name: name, weightPrefix: weightPrefix, inputs: arguments, details) }
        let innerPrefix = weightPrefix + layer.name + "/"
        guard layer.className == "TimeDistributed" else {
            let made = applyLayer(inner, name: name + "/" + inner.name, weightPrefix: innerPrefix, with: arguments)
            return made.count == 1 ? [renamed(made[0], to: name)] : made
        }
        guard arguments.count == 1, let argument = arguments[0] else { return [nil] }
        guard let folded = add(name + "/folded", FoldBatch().erased, [argument]) else { return [nil] }
        let made = applyLayer(inner, name: name + "/" + inner.name, weightPrefix: innerPrefix, with: [folded])
        guard made.count == 1, let value = made[0] else { return [nil] }
        return [add(name, UnfoldBatch().erased, [value, argument])]
    }

    /// Adds a node; `nil` where a problem has been recorded.
    private mutating func add(_ name: String, _ operation: Operator, _ inputs: [String], _ weights: [String: String] = [:]) -> String? {
        do throws(ModelError) {
            return try builder.add(name, operation, inputs: inputs, weights: weights)
        } catch {
            problems += error.problems
            return nil
        }
    }

    /// A nested model's result under the model's own name.
    private mutating func renamed(_ value: String?, to name: String) -> String? {
        guard let value else { return nil }
        return add(name, Identity().erased, [value])
    }

    /// The calls in an order in which every tensor is made before it is read, and those that never can be.
    private static func order(of network: KerasNetwork) -> (calls: [KerasCall], unreached: [KerasCall]) {
        let numbers = Dictionary(network.layers.enumerated().map { ($1.name, $0) }, uniquingKeysWith: { first, _ in first })
        struct Key: Hashable {
            let layer: Int
            let number: Int
        }
        var positions: [Key: Int] = [:]
        for (position, call) in network.calls.enumerated() { positions[Key(layer: call.layer, number: call.number)] = position }
        var waiting = [Int](repeating: 0, count: network.calls.count)
        var readers: [[Int]] = Array(repeating: [], count: network.calls.count)
        for (position, call) in network.calls.enumerated() {
            for input in call.tensors {
                // What no call makes is not waited for: it is reported when the call is followed.
                guard let layer = numbers[input.layer], let maker = positions[Key(layer: layer, number: input.call)] else { continue }
                waiting[position] += 1
                readers[maker].append(position)
            }
        }
        // Files list layers in an order that works, nearly always: it is kept.
        if network.calls.indices.allSatisfy({ position in readers[position].allSatisfy { $0 > position } }) { return (network.calls, []) }
        var ready = network.calls.indices.filter { waiting[$0] == 0 }
        var calls: [KerasCall] = []
        var next = 0
        while next < ready.count {
            let position = ready[next]
            next += 1
            calls.append(network.calls[position])
            for reader in readers[position] {
                waiting[reader] -= 1
                if waiting[reader] == 0 { ready.append(reader) }
            }
        }
        return (calls, network.calls.indices.filter { waiting[$0] > 0 }.map { network.calls[$0] })
    }

    // MARK: Layers

    /// - Returns: the outputs; `nil` for one where a problem has been recorded.
    private mutating func emit(_ layer: KerasLayer, name: String, weightPrefix: String, inputs: [String?], _ details: KerasArguments) -> [String?] {
        var values = inputs.compactMap(\.self)
        var outputs: [String] = []
        var details = details
        guard values.count == inputs.count else { return [nil] }
        do throws(ModelError) {
            if let made = try computeSizes(layer, name: name, &values, &details) { return made }
        } catch {
            report(located(error, layer))
            return [nil]
        }
        var unused = Set(values.indices)
        let shapes = values.map { builder.shape(of: $0) ?? Shape([]) }
        guard !values.isEmpty else {
            record(layer, "keras.config", "is called without an input")
            return [nil]
        }
        do throws(ModelError) {
            let called = try layer.called(with: details)
            let steps = try Self.steps(of: called, shapes)
            if layer.operation == nil { _ = try KerasPrecision.variableType(of: layer) }
            report(called.unreadProblems())
            for (position, step) in steps.enumerated() {
                let isLast = position == steps.count - 1
                let roles = try addWeights(step, of: layer, prefix: weightPrefix, node: name)
                let read = step.target.positions(of: values.count)
                guard read.allSatisfy(values.indices.contains) else {
                    throw layer.problem("keras.unsupported-call", "is called with \(inputs.count) tensors, and needs more")
                }
                unused.subtract(read)
                let target = read.map { values[$0] }
                let isOutput = if case .outputOf = step.target { true } else { false }
                let value = try builder.add(isLast && !isOutput ? name : "\(name)/\(step.part)", step.operation, inputs: target, weights: roles)
                switch step.target {
                case .all, .twice, .these:
                    guard unused.isEmpty else { throw Self.unusedTensors(layer, inputs.count) }
                    values = [value]
                case .input(let index): values[index] = value
                case .besideThese, .extra: values.append(value)
                case .extraFirst: values.insert(value, at: 0)
                case .outputOf: outputs.append(value)
                }
            }
            guard unused.isEmpty, values.count == 1 || !outputs.isEmpty else { throw Self.unusedTensors(layer, inputs.count) }
            return outputs.isEmpty ? values : outputs
        } catch {
            report(located(error, layer))
            return [nil]
        }
    }

    private func located(_ error: ModelError, _ layer: KerasLayer) -> [Problem] {
        error.problems.map { problem in
            var located = problem
            if located.location.path == nil { located.location.path = layer.path }
            return located
        }
    }

    /// What an operator makes of sizes of tensors alone; `nil` for one that computes with tensors, from whose inputs sizes are then gone.
    private mutating func computeSizes(
        _ layer: KerasLayer, name: String, _ values: inout [String], _ details: inout KerasArguments
    ) throws(ModelError) -> [String]? {
        let hasSizes = values.contains(where: sizes.contains)
        guard layer.operation != nil else {
            if hasSizes { throw layer.problem("keras.unsupported-call", "is called with sizes of tensors") }
            return nil
        }
        if layer.operation == "Shape", !hasSizes, let shape = values.first.flatMap(builder.shape) {
            report(try layer.called(with: details).unreadProblems())
            sizes.note(shape, name: name)
            return [name]
        }
        guard hasSizes else { return nil }
        (details, values) = sizes.substituted(details, inputs: values)
        let called = try layer.called(with: details)
        if values.isEmpty {
            let names = try sizes.compute(called, name: name)
            report(called.unreadProblems())
            return names
        }
        guard layer.operation == "Reshape" || !called.config.values.contains(where: { KerasSizes.isOpen($0.value) }) else {
            throw layer.problem("keras.unsupported-call", "computes with a size that the model leaves open")
        }
        return nil
    }

    private static func unusedTensors(_ layer: KerasLayer, _ count: Int) -> ModelError {
        layer.problem("keras.unsupported-call", "is called with \(count) tensors, of which it does not use all")
    }

    /// The operators of a layer.
    private static func steps(of layer: KerasLayer, _ shapes: [Shape]) throws(ModelError) -> [KerasStep] {
        if let operation = layer.operation { return try KerasOperation.all[operation]?(layer, shapes) ?? [] }
        guard let kind = KerasLayerKind.all[layer.className] else { return [] }
        return try kind.steps(layer, shapes)
    }

    /// Adds the weights of a step that are not there yet.
    /// - Returns: their names by role.
    /// - Throws: `keras.weight-shape` for each whose shape is not what the configuration asks for.
    private mutating func addWeights(
        _ step: KerasStep, of layer: KerasLayer, prefix: String, node: String
    ) throws(ModelError) -> [String: String] {
        var roles: [String: String] = [:]
        var problems: [Problem] = []
        // What is stored with fewer bits than Keras keeps it with is what Keras makes of it.
        let isWidened = try KerasPrecision.variableType(of: layer) == .float32
        for (role, weight) in step.weights.sorted(by: { $0.key < $1.key }) {
            guard let dataset = weights.datasets[layer.path]?[weight.variable] else {
                problems += layer.problem("keras.missing-weight", "has no dataset for its variable '\(weight.variable)'").problems
                continue
            }
            let shape = dataset.source.shape
            guard let form = weight.forms.first(where: { $0.fits(shape) }) else {
                let wanted = weight.forms.map { Shape($0.shape).description }.joined(separator: " or ")
                problems.append(
                    Problem(
                        "keras.weight-shape",
                        "layer '\(layer.name)' (\(layer.className)) needs a \(weight.variable) of shape \(wanted), '\(dataset.name)' has \(shape)",
                        at: Location(path: dataset.source.origin, node: layer.name)))
                continue
            }
            let name = prefix + layer.name + "/" + weight.variable
            roles[role] = name
            if addedWeights.insert(name).inserted {
                let source = form.view(dataset.source)
                builder.addWeight(name, Weight(isWidened ? source.widened : source, layout: form.layout))
            }
        }
        for (role, tensor) in step.constants {
            // An operator may be called with other constants each time, and have several.
            let name = layer.operation == nil ? prefix + layer.name + "/" + role : "\(node)/\(step.part)/\(role)"
            roles[role] = name
            if addedWeights.insert(name).inserted {
                builder.addWeight(name, Weight(WeightSource(tensor, origin: layer.path + "/config/" + role), layout: step.layouts[role] ?? .other))
            }
        }
        if let error = ModelError(problems) { throw error }
        return roles
    }

    /// Reports what is wrong with the settings of an InputLayer or of a layer that wraps another one.
    private mutating func check(_ layer: KerasLayer) {
        do throws(ModelError) {
            _ = try KerasPrecision.variableType(of: layer)
            if layer.className == "InputLayer" {
                for key in ["sparse", "ragged"] where try layer.bool(key, default: false) {
                    throw layer.problem("keras.unsupported-setting", "has \(key) true, and cnnconvert has arrays only", key: key)
                }
                // Whoever runs the network gives all of its inputs.
                _ = try layer.bool("optional", default: false)
            }
            report(layer.unreadProblems())
        } catch { report(error.problems) }
    }

    private mutating func report(_ more: [Problem]) {
        problems += more.filter { reported.insert($0).inserted }
    }

    private mutating func record(_ layer: KerasLayer, _ code: String, _ message: String) {
        problems += layer.problem(code, message).problems
    }
}
