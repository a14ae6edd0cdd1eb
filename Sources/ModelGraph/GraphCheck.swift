package import ModelCore

extension Graph {
    /// Checks everything that can be known without running: names, order, connections, attributes, weights and shapes.
    ///
    /// - Parameter sizes: shapes to assume for inputs, by name, in place of those declared.
    /// - Returns: the shape of every value by name.
    /// - Throws: all problems at once: `graph.duplicate-name`, `graph.undefined`, `graph.cycle`, `graph.weight-role`, `graph.input-count`,
    ///   `graph.too-large`, and what operators throw. A node that reads the output of a faulty one is not reported again.
    package func inferShapes(assuming sizes: [String: Shape] = [:]) throws(ModelError) -> [String: Shape] {
        var problems: [Problem] = []
        var shapes: [String: Shape] = [:]
        var faulty: Set<String> = []
        checkNames(&problems)
        let made = Set(nodes.map(\.output))

        for input in inputs {
            let shape = sizes[input.name] ?? input.shape
            do throws(ModelError) {
                try Self.checkSize(shape, of: "input '\(input.name)'")
                shapes[input.name] = shape
            } catch {
                problems += error.problems
                faulty.insert(input.name)
            }
        }
        for node in nodes {
            if node.inputs.contains(where: faulty.contains) {
                faulty.insert(node.output)
                continue
            }
            do throws(ModelError) {
                shapes[node.output] = try outputShape(of: node, given: shapes, made: made)
            } catch {
                problems += error.problems
                faulty.insert(node.output)
            }
        }
        for output in outputs where shapes[output.value] == nil && !faulty.contains(output.value) {
            problems.append(Problem("graph.undefined", "output '\(output.name)' is the value '\(output.value)', which nothing makes"))
        }
        if let error = ModelError(problems) { throw error }
        return shapes
    }

    /// The shapes and layouts of a node's weights by role. Weights that the graph does not have are left out.
    package func weightShapes(of node: Node) -> WeightShapes {
        WeightShapes(node.weights.compactMapValues { name in weights[name].map { .init(shape: $0.source.shape, layout: $0.layout) } })
    }

    /// The shape of a node's output, given those of its inputs; `made` are the values that some later node makes.
    /// - Throws: what `inferShapes` throws for a node.
    package func outputShape(of node: Node, given shapes: [String: Shape], made: Set<String> = []) throws(ModelError) -> Shape {
        let definition = node.operation.definition
        let type = type(of: definition)
        var problems: [Problem] = []
        func add(_ code: String, _ message: String) {
            problems.append(Problem(code, "layer '\(node.name)' (\(type.name)) " + message, at: Location(node: node.name)))
        }
        if !type.inputCount.contains(node.inputs.count) {
            add("graph.input-count", "has \(node.inputs.count) inputs")
        }
        for input in node.inputs where shapes[input] == nil {
            if made.contains(input) {
                add("graph.cycle", "reads '\(input)' before it is made")
            } else {
                add("graph.undefined", "reads '\(input)', which nothing makes")
            }
        }
        let roles = Set(type.weightRoles.map(\.name))
        for role in type.weightRoles where role.isRequired && node.weights[role.name] == nil {
            add("graph.weight-role", "has no weight '\(role.name)'")
        }
        for (role, weight) in node.weights.sorted(by: { $0.key < $1.key }) {
            if !roles.contains(role) { add("graph.weight-role", "has a weight '\(role)', which it does not read") }
            if weights[weight] == nil { add("graph.undefined", "reads the weight '\(weight)', which does not exist") }
        }
        if let error = ModelError(problems) { throw error }
        do throws(ModelError) {
            let shape = try definition.outputShape(node.inputs.compactMap { shapes[$0] }, weightShapes(of: node))
            try Self.checkSize(shape, of: "the output")
            return shape
        } catch {
            for problem in error.problems {
                problems.append(
                    Problem(
                        problem.code, "layer '\(node.name)' (\(type.name)): \(problem.message)", kind: problem.kind, at: Location(node: node.name),
                        hint: problem.hint))
            }
        }
        throw ModelError(problems) ?? ModelError(Problem("graph.shape", "layer '\(node.name)' has no shape", kind: .fault))
    }

    /// - Throws: `graph.too-large` for a shape that no value of a network may have.
    package static func checkSize(_ shape: Shape, of what: String) throws(ModelError) {
        let known = shape.sizes.compactMap(\.self)
        let fits = known.allSatisfy { $0 >= 1 && $0 <= GraphLimits.size } && known.checkedProduct.map { $0 <= GraphLimits.elements } == true
        guard fits, shape.rank <= 8 else {
            throw ModelError(
                Problem(
                    "graph.too-large",
                    "\(what) has shape \(shape); sizes are 1 to \(GraphLimits.size), elements \(GraphLimits.elements) at most, axes 8 at most"))
        }
    }

    private func checkNames(_ problems: inout [Problem]) {
        func check(_ names: [String], _ what: String) {
            var seen: Set<String> = []
            for name in names where !seen.insert(name).inserted {
                problems.append(Problem("graph.duplicate-name", "two \(what) are called '\(name)'", at: Location(node: name)))
            }
            if names.contains("") { problems.append(Problem("graph.empty-name", "one of the \(what) has an empty name")) }
        }
        check(nodes.map(\.name), "layers")
        check(inputs.map(\.name) + nodes.map(\.output), "values")
        check(outputs.map(\.name), "outputs")
        if inputs.isEmpty { problems.append(Problem("graph.no-inputs", "the network has no input")) }
        if outputs.isEmpty { problems.append(Problem("graph.no-outputs", "the network has no output")) }
    }
}
