import ByteIO
import ModelCore
import ModelGraph

/// Puts the layers of all units together.
struct KerasAssembly {
    private let graph: Graph
    private let shapes: [String: Shape]
    private let target: KerasTarget
    private let resizingMatrix: KerasResizingMatrix
    private let notNegative: Set<String>
    private let read: Set<String>
    private let ends: Set<String>
    /// The arrays of constants by the value that they are.
    private var constants: [String: KerasConstant] = [:]
    private(set) var configuredWeights: Set<String> = []
    private(set) var problems: [Problem] = []
    /// For each value of the graph that a layer makes, what our reader calls it.
    private(set) var counterparts: [String: String] = [:]

    /// Models inside models, at most.
    private static let greatestDepth = 16

    init(_ graph: Graph, shapes: [String: Shape], target: KerasTarget, resizingMatrix: @escaping KerasResizingMatrix) {
        (self.graph, self.shapes, self.target, self.resizingMatrix) = (graph, shapes, target, resizingMatrix)
        notNegative = KerasRange.notNegative(in: graph)
        read = Set(graph.nodes.flatMap(\.inputs))
        ends = Set(graph.outputs.map(\.value))
    }

    /// The whole model. Where it is not complete, `problems` say why.
    mutating func model(of units: [KerasUnit]) -> KerasDraftModel {
        var scope = KerasScope(name: graph.name, callPrefix: "")
        for input in graph.inputs { scope.addInput(input.name, name: KerasNames.escaped(input.name), shape: input.shape, dtype: input.dtype) }
        readConstants(units)
        add(units, to: &scope, depth: 0)
        counterparts = scope.valueNames
        scope.model.outputs = graph.outputs.compactMap { scope.values[$0.value] }
        // Keras calls the outputs in a list as their layers; names of one's own make an object.
        if !graph.outputs.allSatisfy(Self.isNamedByLayer) { scope.model.outputNames = graph.outputs.map(\.name) }
        return scope.model
    }

    /// Whether an output bears the name of the layer that makes it, as far as nodes are named as the importer names them.
    private static func isNamedByLayer(_ output: GraphOutput) -> Bool {
        let (name, value) = (KerasNames.withoutCalls(output.name), KerasNames.withoutCalls(output.value))
        return value == name || value.hasPrefix(name + "/")
    }

    /// Constants are arguments in Keras, not layers.
    private mutating func readConstants(_ units: [KerasUnit]) {
        for unit in units {
            guard case .constant = unit.core.operation, let name = unit.core.weights["value"], let weight = graph.weights[name] else { continue }
            do throws(KerasObstacle) {
                guard target == .keras3 else { throw KerasObstacle("is an array of constants, which no layer of Keras 2 takes") }
                guard !ends.contains(unit.output) else { throw KerasObstacle("is an output that depends on no input, which Keras does not have") }
                constants[unit.output] = try KerasConstant(name, weight)
            } catch { report(unit, error) }
        }
    }

    private mutating func report(_ unit: KerasUnit, _ obstacle: KerasObstacle) {
        problems.append(
            Problem(
                "export.unsupported", "layer '\(unit.name)' (\(unit.core.operation.name)) \(obstacle.message)", at: Location(node: unit.name),
                hint: obstacle.hint))
    }

    // MARK: Scopes

    private mutating func add(_ units: [KerasUnit], to scope: inout KerasScope, depth: Int) {
        let isDeepest = depth >= Self.greatestDepth
        let nested = target == .keras3 && !isDeepest ? KerasNesting.find(in: units, prefix: scope.callPrefix, ends: ends) : [:]
        let stepwise = isDeepest ? [:] : KerasStepwise.find(in: units, ends: ends)
        // What is inside something that is inside is found again there: results come after what they are made of.
        var inside: Set<Int> = []
        for index in units.indices.reversed() where !inside.contains(index) { inside.formUnion(nested[index] ?? stepwise[index] ?? []) }
        for (index, unit) in units.enumerated() where !inside.contains(index) {
            if let members = nested[index] {
                addModel(unit, members.map { units[$0] }, to: &scope, depth: depth)
            } else if let members = stepwise[index] {
                addStepwise(unit, members.map { units[$0] }, to: &scope, depth: depth)
            } else {
                add(unit, to: &scope)
            }
        }
    }

    /// Adds a call of a nested model, whose result `unit` names.
    private mutating func addModel(_ unit: KerasUnit, _ members: [KerasUnit], to scope: inout KerasScope, depth: Int) {
        var inner = KerasScope(name: scope.localName(unit.name), callPrefix: unit.name + "/")
        let made = Set(members.map(\.output))
        var inputs: [String] = []
        for value in members.flatMap(\.inputs) where !made.contains(value) && !inputs.contains(value) && constants[value] == nil {
            inputs.append(value)
        }
        let taken = Set(members.map { inner.localName($0.name) })
        for value in inputs {
            var name = "input_layer" + (inner.model.inputs.isEmpty ? "" : "_\(inner.model.inputs.count)")
            while taken.contains(name) { name += "_" }
            inner.addInput(value, name: name, shape: shapes[value] ?? Shape([]), dtype: .float32)
        }
        add(members, to: &inner, depth: depth + 1)
        guard let output = inner.values[unit.inputs[0]] else { return }
        let names = inner.valueNames.filter { made.contains($0.key) }
        inner.model.outputs = [output]
        inner.model = KerasOrder.sorted(inner.model)
        inner.model.isSequential = inner.model.isChain && !["functional", "model"].contains { inner.model.name.hasPrefix($0) }
        let arguments = inputs.compactMap { scope.values[$0].map(KerasDraftArgument.tensor) }
        guard arguments.count == inputs.count, let shape = shapes[unit.output] else { return }
        let layer = inner.model.asLayer
        let call = KerasDraftCall(arguments: inputs.count > 1 ? [.list(arguments)] : arguments, shape: shape, dtype: .float32)
        scope.setValue(unit.output, to: scope.place(layer, [scope.localName(unit.name)], call), inside: names)
    }

    /// Adds a call of a TimeDistributed, whose result `unit` names.
    private mutating func addStepwise(_ unit: KerasUnit, _ members: [KerasUnit], to scope: inout KerasScope, depth: Int) {
        let name = scope.localName(unit.name)
        let folded = members[0].output
        var inner = KerasScope(name: name, callPrefix: unit.name + "/")
        inner.addInput(folded, name: "steps", shape: shapes[folded] ?? Shape([]), dtype: .float32)
        add(Array(members.dropFirst()), to: &inner, depth: depth + 1)
        guard let output = inner.values[unit.inputs[0]], var current = scope.values[unit.inputs[1]], let shape = shapes[unit.output] else { return }
        inner.model.outputs = [output]
        inner.model = KerasOrder.sorted(inner.model)
        inner.model.isSequential = inner.model.isChain
        func apply(_ layer: KerasDraftLayer, as name: String, _ inner: Shape) {
            var config: JSONObject = [:]
            config["dtype"] = layer.config["dtype"]
            var wrapper = KerasDraftLayer(className: "TimeDistributed", name: "", config: config, variables: [])
            wrapper.inner = .layer(layer)
            let call = KerasDraftCall(
                arguments: [.tensor(current)], shape: Shape(Array(shape.sizes.prefix(2)) + inner.sizes.dropFirst()), dtype: .float32)
            current = scope.place(wrapper, [name], call)
        }
        let layers = inner.model.layers.dropFirst()
        if inner.model.isChain, layers.count == 1 || target == .everyVersion {
            for layer in layers {
                var wrapped = layer
                wrapped.calls = []
                apply(wrapped, as: layers.count == 1 ? name : "\(name)/\(layer.name)", layer.calls[0].shape)
            }
        } else if target == .everyVersion {
            problems.append(
                Problem(
                    "export.unsupported", "layer '\(unit.name)' applies layers that branch to each step of a sequence", at: Location(node: unit.name),
                    hint: "Keras 2 and 3 read such a model differently; write a '.keras' file, which is for Keras 3 alone"))
        } else {
            var layer = inner.model.asLayer
            layer.name = name
            apply(layer, as: name, Shape([nil] + shape.sizes.dropFirst(2)))
        }
        scope.setValue(unit.output, to: current)
    }

    // MARK: Units

    private mutating func add(_ unit: KerasUnit, to scope: inout KerasScope) {
        if case .constant = unit.core.operation { return }
        let inputShapes = unit.inputs.compactMap { shapes[$0] }
        guard let output = shapes[unit.output], inputShapes.count == unit.inputs.count else { return }
        var given: [Int: KerasConstant] = [:]
        for (position, value) in unit.inputs.enumerated() { given[position] = constants[value] }
        let lowering = KerasLowering(
            unit: unit, target: target, inputs: inputShapes, output: output,
            isInputNotNegative: unit.inputs.first.map(notNegative.contains) ?? false, isEnd: !read.contains(unit.output), weights: graph.weights,
            constants: given, resizingMatrix: resizingMatrix)
        let pieces: [KerasPiece]
        do throws(KerasObstacle) {
            pieces = try lowering.checkedPieces()
            for piece in pieces { try requireOneType(piece) }
        } catch { return report(unit, error) }
        let inVariables = Set(pieces.flatMap(\.variables).map(\.weight))
        configuredWeights.formUnion(given.values.map(\.name).filter { !inVariables.contains($0) })
        // A result that is missing has been reported.
        var arguments: [KerasDraftArgument] = []
        for (position, value) in unit.inputs.enumerated() {
            guard let argument = given[position].map({ .constant($0.text, isDerived: false) }) ?? scope.values[value].map(KerasDraftArgument.tensor)
            else { return }
            arguments.append(argument)
        }
        let main = pieces.firstIndex { !$0.variables.isEmpty } ?? pieces.count - 1
        let name = scope.localName(unit.name)
        let owner = KerasNames.layer(ofWeights: Array(unit.core.weights.values) + (unit.depthwise.map { Array($0.weights.values) } ?? [])).map(
            scope.localWeightOwner)
        var results: [KerasDraftReference] = []
        for (position, piece) in pieces.enumerated() {
            var config = piece.config
            if let dtype = piece.variables.first?.source.dtype, dtype != .float32 { config["dtype"] = .string(dtype.rawValue) }
            let layer = KerasDraftLayer(className: piece.className, module: piece.module, name: "", config: config, variables: piece.variables)
            let isLast = position == pieces.count - 1
            let call = KerasDraftCall(
                arguments: piece.arguments(inputs: arguments, results: results), shape: isLast ? output : piece.shape ?? output, dtype: .float32)
            let names = position == main ? [owner, name, name + "/" + piece.part] : [name + "/" + piece.part]
            results.append(scope.place(layer, names.compactMap(\.self), call))
        }
        if let last = results.last { scope.setValue(unit.output, to: last) }
    }

    /// A layer of Keras has variables of one type, which is one that Keras computes in.
    private func requireOneType(_ piece: KerasPiece) throws(KerasObstacle) {
        let types = Set(piece.variables.filter { $0.name != "count" }.map(\.source.dtype))
        guard types.count <= 1 else {
            throw KerasObstacle("has weights of types \(types.map(\.rawValue).sorted().joined(separator: " and ")), a layer of Keras has one")
        }
        guard let type = types.first, ![.float32, .float16, .float64].contains(type) else { return }
        throw KerasObstacle("has weights of type \(type.rawValue), which no layer of Keras keeps in these files")
    }
}

extension KerasDraftModel {
    fileprivate var asLayer: KerasDraftLayer {
        var layer = KerasDraftLayer(className: isSequential ? "Sequential" : "Functional", name: "", config: [:], variables: [])
        layer.inner = .model(self)
        return layer
    }
}

extension KerasPiece {
    /// What it is called with.
    fileprivate func arguments(inputs: [KerasDraftArgument], results: [KerasDraftReference]) -> [KerasDraftArgument] {
        func argument(_ operand: Operand) -> KerasDraftArgument {
            switch operand {
            case .input(let position): inputs[position]
            case .piece(let position): .tensor(results[position])
            case .list(let members): .list(members.map(argument))
            case .constant(let value): .constant(value, isDerived: true)
            }
        }
        if let operands { return operands.map(argument) }
        if let last = results.last { return [.tensor(last)] }
        return takesList ? [.list(inputs)] : inputs
    }

    /// Whether the layer takes a list of tensors.
    private var takesList: Bool {
        ["Add", "Subtract", "Multiply", "Average", "Maximum", "Minimum", "Concatenate", "Dot"].contains(className) && module == nil
    }
}
