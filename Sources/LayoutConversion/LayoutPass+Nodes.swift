import ModelCore
import ModelGraph

extension LayoutPass {
    mutating func convert(_ node: Node) {
        if node.inputs.contains(where: { features[$0] != nil }), carriesFeatures(node) { return }
        let input = node.inputs.first ?? ""
        switch node.operation {
        case .convolution(var operation):
            let layout = operation.layout
            operation.layout = family.layout(layout)
            slide(node, layout, operation.erased, kernelMove(node, to: family.kernel(spatialRank: layout.spatialRank)))
        case .transposedConvolution(var operation):
            let layout = operation.layout
            operation.layout = family.layout(layout)
            slide(node, layout, operation.erased, kernelMove(node, to: family.transposedKernel(spatialRank: layout.spatialRank)))
        case .pooling(var operation):
            let layout = operation.layout
            operation.layout = family.layout(layout)
            slide(node, layout, operation.erased)
        case .adaptivePooling(var operation):
            let layout = operation.layout
            operation.layout = family.layout(layout)
            slide(node, layout, operation.erased)
        case .resize(var operation):
            let layout = operation.layout
            operation.layout = family.layout(layout)
            slide(node, layout, operation.erased)
        case .globalPooling(var operation):
            let layout = operation.layout
            operation.layout = family.layout(layout)
            if operation.keepsAxes {
                slide(node, layout, operation.erased)
            } else {
                emit(node, operation.erased, [kept(input, in: wantedOrder(layout))])
            }
        case .activation, .identity:
            emit(node, node.operation, [existing(input)], order: order(input))
        case .batchNormalization(var operation):
            operation.axis = position(of: operation.axis, in: input)
            emit(node, operation.erased, [existing(input)], order: order(input))
        case .gatedLinearUnit(var operation):
            operation.axis = position(of: operation.axis, in: input)
            emit(node, operation.erased, [existing(input)], order: order(input))
        case .softmax(var operation):
            operation.axes = operation.axes.map { position(of: $0, in: input) }.sorted()
            emit(node, operation.erased, [existing(input)], order: order(input))
        case .pad(var operation):
            operation.before = RowMajor.permuted(operation.before, by: order(input))
            operation.after = RowMajor.permuted(operation.after, by: order(input))
            emit(node, operation.erased, [existing(input)], order: order(input))
        case .crop(let operation):
            emit(node, operation.permuted(by: order(input)).erased, [existing(input)], order: order(input))
        case .cumulativeSum(var operation):
            operation.axis = position(of: operation.axis, in: input)
            emit(node, operation.erased, [existing(input)], order: order(input))
        case .flip(var operation):
            operation.axes = operation.axes.map { position(of: $0, in: input) }.sorted()
            emit(node, operation.erased, [existing(input)], order: order(input))
        case .concatenate(var operation):
            let common = commonOrder(of: node)
            operation.axis = common.firstIndex(of: operation.axis) ?? operation.axis
            emit(node, operation.erased, node.inputs.map { kept($0, in: common) }, order: common)
        case .merge:
            let haveOneRank = Set(node.inputs.map { shapes[$0]?.rank ?? 0 }).count == 1
            if haveOneRank {
                let common = commonOrder(of: node)
                emit(node, node.operation, node.inputs.map { kept($0, in: common) }, order: common)
            } else {
                emit(node, node.operation, node.inputs.map { logical($0) })
            }
        case .matMul(let operation): multiply(node, operation)
        case .transpose(let operation): transpose(node, operation)
        case .reshape(let operation): reshape(node, operation)
        case .flatten: flatten(node)
        case .dense:
            let move = kernelMove(node, to: family.denseKernel)
            let keepsLastAxis = order(input).last == order(input).indices.last
            emit(
                node, node.operation, [keepsLastAxis ? existing(input) : logical(input)], order: keepsLastAxis ? order(input) : nil, moves: move)
        case .rescaling(let operation):
            let isScalar = operation.scale.count == 1 && operation.offset.count == 1
            emit(node, node.operation, [isScalar ? existing(input) : logical(input)], order: isScalar ? order(input) : nil)
        case .groupNormalization(var operation):
            operation.axis = position(of: operation.axis, in: input)
            emit(node, operation.erased, [existing(input)], order: order(input))
        case .reduce(let operation): reduce(node, operation)
        case .rowNormalization(let operation): normalizeRows(node, operation)
        case .prelu: slopes(node)
        case .constant:
            if interface == .wanted { keepForReaders(node) } else { emit(node, node.operation, []) }
        case .sized(let operation): size(node, operation)
        case .dot, .embedding, .foldBatch, .locallyConnected, .standardization, .unfoldBatch:
            emit(node, node.operation, node.inputs.map { logical($0) })
        }
    }

    /// A node whose windows slide along spatial axes, once its input has channels where they are wanted.
    private mutating func slide(_ node: Node, _ layout: DataLayout, _ operation: Operator, _ moves: [String: WeightRearrangement.Move] = [:]) {
        let order = wantedOrder(layout)
        emit(node, operation, [kept(node.inputs.first ?? "", in: order)], order: order, moves: moves)
    }

    private func kernelMove(_ node: Node, to layout: KernelLayout?) -> [String: WeightRearrangement.Move] {
        guard let name = node.weights["kernel"], let weight = weights.original(name), let layout, weight.layout != layout,
            let permutation = weight.layout.permutation(to: layout)
        else { return [:] }
        return ["kernel": WeightRearrangement.Move(permutation: permutation, layout: layout, reason: .kernel)]
    }

    /// The order to bring all inputs into: that of the first input which is not kept in its own.
    private func commonOrder(of node: Node) -> [Int] {
        let moved = node.inputs.first { order($0) != Array(order($0).indices) } ?? node.inputs.first ?? ""
        return order(moved)
    }

    /// A product reads matrices as they are kept, with rows and columns in either order.
    private mutating func multiply(_ node: Node, _ operation: MatMul) {
        var operation = operation
        let inputs = node.inputs.map { isTransposed($0) ? existing($0) : logical($0) }
        if let left = node.inputs.first, isTransposed(left) { operation.transposesLeft.toggle() }
        if let right = node.inputs.last, isTransposed(right) { operation.transposesRight.toggle() }
        emit(node, operation.erased, inputs)
    }

    /// Whether a value is kept with its last two axes, and no others, the other way round.
    private func isTransposed(_ value: String) -> Bool {
        var order = order(value)
        guard order.count >= 2, features[value] == nil else { return false }
        order.swapAt(order.count - 2, order.count - 1)
        return order == Array(order.indices)
    }

    // MARK: Axes that change

    private mutating func transpose(_ node: Node, _ operation: Transpose) {
        let input = node.inputs.first ?? ""
        let present = order(input)
        guard interface == .wanted else {
            emit(node, Transpose(permutation: operation.permutation.map { position(of: $0, in: input) }).erased, [input])
            return
        }
        let places = present.map { axis in operation.permutation.firstIndex(of: axis) ?? axis }
        emit(node, Identity().erased, [existing(input)], order: places)
    }

    private mutating func reshape(_ node: Node, _ operation: Reshape) {
        let input = node.inputs.first ?? ""
        guard interface == .wanted, let before = shapes[input], let after = shapes[node.output],
            let alignment = ReshapeAlignment(before, after)
        else {
            emit(node, operation.erased, [logical(input)])
            return
        }
        let orders = alignment.orders(from: order(input))
        let sizes = orders.after.dropFirst().map { after[$0] ?? -1 }
        emit(node, Reshape(sizes: sizes).erased, [kept(input, in: orders.before)], order: orders.after)
    }

    private mutating func flatten(_ node: Node) {
        let input = node.inputs.first ?? ""
        let inner = shapes[input]?.sizes.dropFirst() ?? []
        let sizes = inner.compactMap(\.self)
        guard interface == .wanted, sizes.count == inner.count, order(input).first == 0 else {
            emit(node, node.operation, [logical(input)])
            return
        }
        let mixed = FlattenedFeatures(sizes: sizes, order: order(input).dropFirst().map { $0 - 1 })
        emit(node, node.operation, [existing(input)], features: mixed)
    }

    private mutating func reduce(_ node: Node, _ operation: Reduce) {
        let input = node.inputs.first ?? ""
        var operation = operation
        let axes = operation.axes
        guard operation.keepsAxes || interface == .wanted else {
            emit(node, operation.erased, [logical(input)])
            return
        }
        operation.axes = axes.map { position(of: $0, in: input) }.sorted()
        let left = order(input).filter { !axes.contains($0) }
        let places = operation.keepsAxes ? order(input) : left.map { left.sorted().firstIndex(of: $0) ?? 0 }
        emit(node, operation.erased, [existing(input)], order: places)
    }

    /// A node that reads sizes, once its first input is kept as its operator wants it.
    private mutating func size(_ node: Node, _ operation: Sized) {
        let input = node.inputs.first ?? ""
        var template = operation.template
        var sizes = operation.sizes
        let wanted: [Int]
        switch template {
        case .resize(var resize):
            wanted = wantedOrder(resize.layout)
            resize.layout = family.layout(resize.layout)
            template = resize.erased
        case .adaptivePooling(var pooling):
            wanted = wantedOrder(pooling.layout)
            pooling.layout = family.layout(pooling.layout)
            template = pooling.erased
        case .pooling(var pooling):
            wanted = wantedOrder(pooling.layout)
            pooling.layout = family.layout(pooling.layout)
            template = pooling.erased
        case .pad(var pad):
            wanted = order(input)
            (pad.before, pad.after) = (RowMajor.permuted(pad.before, by: wanted), RowMajor.permuted(pad.after, by: wanted))
            template = pad.erased
            sizes = sizes.mapValues { RowMajor.permuted($0, by: wanted) }
        case .crop(let crop):
            wanted = order(input)
            template = crop.permuted(by: wanted).erased
            sizes = sizes.mapValues { RowMajor.permuted($0, by: wanted) }
        default: wanted = Array(order(input).indices)
        }
        let keeps = template.name != Reshape.name
        let kept = kept(input, in: wanted)
        let others = node.inputs.dropFirst().map { existing($0) }
        let places = [wanted] + node.inputs.dropFirst().map { order($0) }
        let moved = sizes.mapValues { values in
            values.map { value in
                value.map { SizeReference(input: $0.input, axis: places[$0.input].firstIndex(of: $0.axis) ?? $0.axis) }
            }
        }
        // The same attributes are computed as before.
        guard let sized = try? Sized(template, sizes: moved) else { return }
        emit(node, sized.erased, [kept] + others, order: keeps ? wanted : nil)
    }

    // MARK: Numbers along axes

    private mutating func normalizeRows(_ node: Node, _ operation: RowNormalization) {
        let input = node.inputs.first ?? ""
        guard interface == .wanted else {
            emit(node, operation.erased, [logical(input)])
            return
        }
        let kept = order(input).filter { operation.axes.contains($0) }
        let permutation = kept.map { operation.axes.firstIndex(of: $0) ?? 0 }
        var moved = operation
        moved.axes = operation.axes.map { position(of: $0, in: input) }.sorted()
        emit(node, moved.erased, [existing(input)], order: order(input), moves: axesMoves(node, permutation))
    }

    private mutating func slopes(_ node: Node) {
        let input = node.inputs.first ?? ""
        guard interface == .wanted, order(input).first == 0 else {
            emit(node, node.operation, [logical(input)])
            return
        }
        emit(node, node.operation, [existing(input)], order: order(input), moves: axesMoves(node, order(input).dropFirst().map { $0 - 1 }))
    }

    /// The same permutation of every weight that has as many axes.
    private func axesMoves(_ node: Node, _ permutation: [Int]) -> [String: WeightRearrangement.Move] {
        guard permutation != Array(permutation.indices) else { return [:] }
        return node.weights.compactMapValues { name in
            weights.original(name).map { WeightRearrangement.Move(permutation: permutation, layout: $0.layout, reason: .axes) }
        }
    }

    // MARK: Flattened features

    /// Whether the node could be added with its inputs' features in the order in which they are.
    private mutating func carriesFeatures(_ node: Node) -> Bool {
        guard let input = node.inputs.first, let mixed = features[input] else { return false }
        switch node.operation {
        case .activation, .identity:
            emit(node, node.operation, node.inputs, features: mixed)
        case .rescaling(let operation) where operation.scale.count == 1 && operation.offset.count == 1:
            emit(node, node.operation, node.inputs, features: mixed)
        case .merge where node.inputs.allSatisfy({ features[$0] == mixed }):
            emit(node, node.operation, node.inputs, features: mixed)
        case .batchNormalization(let operation) where operation.axis == 1 && order(input).count == 2:
            var moves: [String: WeightRearrangement.Move] = [:]
            for (role, name) in node.weights {
                guard let weight = weights.original(name), let move = mixed.move(weight, axis: 0, layout: weight.layout, reason: .flattened) else {
                    return false
                }
                moves[role] = move
            }
            emit(node, node.operation, node.inputs, features: mixed, moves: moves)
        case .dense:
            guard let name = node.weights["kernel"], let weight = weights.original(name), let axis = weight.layout.axis("i"),
                let permutation = weight.layout.permutation(to: family.denseKernel),
                let move = mixed.move(weight, axis: axis, then: permutation, layout: family.denseKernel, reason: .flattened)
            else { return false }
            emit(node, node.operation, node.inputs, moves: ["kernel": move])
        default:
            return false
        }
        return true
    }
}
