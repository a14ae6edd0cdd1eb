import ByteIO
import ModelCore
import ModelGraph

// Operators whose sizes are known when the network runs.
extension KerasLowering {
    /// An operator with numbers that are computed from sizes.
    func sized(_ operation: Sized) throws(KerasObstacle) -> [KerasPiece] {
        switch operation.template {
        case .resize(let resize):
            return try alongAxes(resize.layout.spatialAxes, operation.sizes["sizes"] ?? []) { size throws(KerasObstacle) in
                (.resized(resize.interpolation, resize.positions), try length(of: size))
            }
        case .adaptivePooling(let pooling):
            return try alongAxes(pooling.layout.spatialAxes, operation.sizes["output_size"] ?? []) { size throws(KerasObstacle) in
                (try averaged(pooling.kind), try length(of: size))
            }
        case .pad(let pad) where pad.mode == .constant && pad.value == 0:
            return try moved(operation, isCropped: false)
        case .crop(let crop) where crop.steps == nil:
            return try moved(operation, isCropped: true)
        case .reshape:
            let sizes = operation.sizes["sizes"] ?? []
            guard sizes.count(where: { $0.known == nil }) == 1 else { break }
            return [KerasPiece(className: "Reshape", config: ["target_shape": .integers(sizes.map { $0.known ?? -1 })])]
        default: break
        }
        throw KerasObstacle(
            "computes sizes of its operator \(operation.template.name) while the network runs, for which Keras has no layer; it has with inputs of known sizes"
        )
    }

    /// Adaptive pooling of axes whose size is known when the network runs.
    func averagedOverOpenAxes(_ operation: AdaptivePooling) throws(KerasObstacle) -> [KerasPiece] {
        try alongAxes(operation.layout.spatialAxes, operation.outputSize) { size throws(KerasObstacle) in
            (try averaged(operation.kind), .known(size))
        }
    }

    /// Resizing of axes whose size is known when the network runs.
    func resizedOpenAxes(_ operation: Resize, _ obstacle: KerasObstacle) throws(KerasObstacle) -> [KerasPiece] {
        let axes = Array(operation.layout.spatialAxes)
        return try alongAxes(axes, Array(axes.indices)) { position throws(KerasObstacle) in
            let length: KerasLength
            switch operation.target {
            case .sizes(let sizes): length = .known(sizes[position])
            case .factors(let factors): length = try self.length(times: factors[position], SizeReference(input: 0, axis: axes[position]))
            case .scales: throw obstacle
            }
            return (.resized(operation.interpolation, operation.positions), length)
        }
    }

    private func averaged(_ kind: PoolingKind) throws(KerasObstacle) -> KerasSampling {
        guard kind == .average else { throw KerasObstacle("takes the \(kind.rawValue) of windows of unknown sizes, for which Keras has no layer") }
        return .averaged
    }

    // MARK: Sizes

    private func length(of size: SizeExpression<SizeReference>) throws(KerasObstacle) -> KerasLength {
        if let known = size.value({ inputs[$0.input][$0.axis] }) { return .known(known) }
        guard let multiple = LinearSize(size)?.multiple else {
            throw KerasObstacle("makes an axis of a computed size that is neither the size of an axis that it reads nor a multiple of one")
        }
        return try length(times: multiple.factor, multiple.source)
    }

    private func length(times factor: Int, _ source: SizeReference) throws(KerasObstacle) -> KerasLength {
        guard source.axis > 0 else { throw KerasObstacle("makes an axis as long as there are samples") }
        guard let size = inputs[source.input][source.axis] else { return .open(source, times: factor) }
        return size.multiplied(by: factor).map(KerasLength.known) ?? .open(source, times: factor)
    }

    // MARK: Matrices

    private typealias Rule<Item> = (Item) throws(KerasObstacle) -> (sampling: KerasSampling, length: KerasLength)

    /// A product with a matrix along each axis.
    private func alongAxes<Item>(_ axes: some Sequence<Int>, _ items: [Item], _ rule: Rule<Item>) throws(KerasObstacle) -> [KerasPiece] {
        try requireOperations(KerasObstacle("has sizes that are known when the network runs, which not every version of Keras can compute with"))
        var formula = KerasFormula()
        var value = KerasFormula.Value(operand: .input(0), shape: inputs[0])
        for (axis, item) in zip(axes, items) {
            let (sampling, length) = try rule(item)
            value = try product(value, axis: axis, sampling, length, &formula)
        }
        return formula.list.pieces
    }

    /// The value with one axis made of the axis of the operator's first input.
    private func product(
        _ value: KerasFormula.Value, axis: Int, _ sampling: KerasSampling, _ length: KerasLength, _ formula: inout KerasFormula
    ) throws(KerasObstacle) -> KerasFormula.Value {
        if case .known(let size) = length, size > Self.mostPlaces {
            throw KerasObstacle("makes \(size) elements of an axis of unknown size, more than \(Self.mostPlaces)")
        }
        let rank = value.shape.rank
        guard rank >= 3 else { throw KerasObstacle("works on \(rank) axes of unknown size") }
        // Rows run along the last axis but one, columns along the last.
        let rows = KerasOpenAxis(length, axis: rank - 2, rank: rank, inputs: inputs, &formula)
        let present = KerasLength.open(SizeReference(input: 0, axis: axis), times: 1)
        let columns = KerasOpenAxis(present, axis: rank - 1, rank: rank, inputs: inputs, &formula)
        let matrix: KerasFormula.Value
        switch sampling {
        case .resized(let interpolation, let positions):
            matrix = try formula.matrix(interpolation, positions, rows: rows, columns: columns)
        case .averaged: matrix = formula.windows(rows: rows, columns: columns)
        case .shifted(let amount, let isCropped):
            let (dividend, divisor) = Self.quotient(amount)
            let size = try computed(dividend, rank: rank, &formula)
            matrix = formula.shifts(by: size, over: divisor, from: isCropped ? rows : columns, to: isCropped ? columns : rows)
        }
        var order = (0..<rank).filter { $0 != axis }
        order.insert(axis, at: rank - 2)
        var result = formula.product(matrix, formula.permuted(value, order))
        if case .averaged = sampling { result = formula(.divide, result, formula.reduced(.sum, matrix, axes: [rank - 1], keepsAxes: true)) }
        return formula.permuted(result, (0..<rank).map { order.firstIndex(of: $0) ?? $0 })
    }

    /// The most elements of an axis that is as long as the configuration says, which has a number for each.
    private static let mostPlaces = 1 << 14

    /// Padding, or cropping, by amounts that are computed.
    private func moved(_ operation: Sized, isCropped: Bool) throws(KerasObstacle) -> [KerasPiece] {
        func amounts(_ name: String) throws(KerasObstacle) -> [SizeExpression<SizeReference>] {
            if let sizes = operation.sizes[name] { return sizes }
            guard case .integers(let numbers)? = operation.template.attributes[name] else { throw KerasObstacle("has no amounts '\(name)'") }
            return numbers.map { .constant($0) }
        }
        let (before, after) = (try amounts("before"), try amounts("after"))
        let axes = before.indices.filter { before[$0].known != 0 || after[$0].known != 0 }
        guard before.count == inputs[0].rank, after.count == before.count, !axes.contains(0) else {
            throw KerasObstacle("changes the first axis, which is that of samples in Keras")
        }
        return try alongAxes(axes, axes) { axis throws(KerasObstacle) in
            let size = SizeExpression.size(SizeReference(input: 0, axis: axis))
            guard let change = SizeExpression.combined(.add, before[axis], after[axis]),
                let result = SizeExpression.combined(isCropped ? .subtract : .add, size, change)
            else { throw KerasObstacle("computes sizes in too many steps") }
            return (.shifted(by: before[axis], isCropped: isCropped), try length(of: result))
        }
    }

    /// What is divided, and by what number that is above 0: 1 where it is no quotient.
    private static func quotient(_ size: SizeExpression<SizeReference>) -> (SizeExpression<SizeReference>, Int) {
        if case .combination(.divide, let dividend, let divisor) = size, let number = divisor.known, number > 0 { return (dividend, number) }
        return (size, 1)
    }

    private func computed(
        _ size: SizeExpression<SizeReference>, rank: Int, _ formula: inout KerasFormula
    ) throws(KerasObstacle) -> KerasFormula.Value {
        switch size {
        case .constant(let value): return .number(Double(value))
        case .size(let source):
            let length = try self.length(times: 1, source)
            return KerasOpenAxis(length, axis: rank - 1, rank: rank, inputs: inputs, &formula).count
        case .combination(let operation, let left, let right):
            let classes: [SizeOperation: KerasOperationClass] = [
                .add: .add, .subtract: .subtract, .multiply: .multiply, .maximum: .maximum, .minimum: .minimum,
            ]
            guard let name = classes[operation] else {
                throw KerasObstacle("computes an amount by division within a sum, for which Keras has no layer")
            }
            return formula(name, try computed(left, rank: rank, &formula), try computed(right, rank: rank, &formula))
        }
    }
}
