import ModelCore
import ModelGraph
import ReferenceEngine

extension RoundingTrial {
    /// Axis by axis in either order; linear interpolation in each of its forms.
    mutating func resize() -> Execution? {
        let sizes = numbers.sizes(2, 1...6)
        let target = numbers.sizes(2, 1...8)
        let x = numbers.array([1] + sizes + [1])
        let interpolation: Interpolation =
            switch numbers.random.below(6) {
            case 0: .cubic(coefficient: -0.5, tableSize: 1024)
            case 1: .cubicReplicated(coefficient: -0.75)
            case 2: .lanczos(radius: 3)
            case 3: .area
            default: .linear
            }
        var positions = ResizePositions.halfPixel
        if case .linear = interpolation { positions = numbers.random.choice([.halfPixel, .alignedCorners, .leadingEdge]) ?? .halfPixel }
        let operation = Resize(layout: .nhwc, target: .sizes(target), interpolation: interpolation, positions: positions)
        let taps = (0..<2).map { ResizeTaps(interpolation, input: sizes[$0], output: target[$0], positions: positions) }
        var output = Tensor<Float>(repeating: 0, shape: [1] + target + [1])
        let isTurned = numbers.random.chance(2)
        for i in 0..<target[0] {
            for j in 0..<target[1] {
                func pixel(_ row: Int, _ column: Int) -> Float { x.scalars[row * sizes[1] + column] }
                let (rows, columns) = (members(taps[0], i), members(taps[1], j))
                let value: Float
                if isTurned {
                    let lines = columns.map { column in blend(interpolation, rows.map { (pixel($0.place, column.place), $0.weight) }) }
                    value = blend(interpolation, zip(lines, columns).map { ($0, $1.weight) })
                } else {
                    let lines = rows.map { row in blend(interpolation, columns.map { (pixel(row.place, $0.place), $0.weight) }) }
                    value = blend(interpolation, zip(lines, rows).map { ($0, $1.weight) })
                }
                output[position: i * target[1] + j] = value
            }
        }
        return Execution(operation: operation.erased, inputs: [x], output: output)
    }

    private func members(_ taps: ResizeTaps, _ index: Int) -> [(place: Int, weight: Float)] {
        (0..<taps.count[index]).map { (taps.first[index] + $0, taps.weights[index * taps.most + $0]) }
    }

    private mutating func blend(_ interpolation: Interpolation, _ terms: [(Float, Float)]) -> Float {
        guard case .linear = interpolation else { return arithmetic.sum(terms) }
        if terms.count == 1 { return terms[0].0 }
        let (a, b, t) = (terms[0].0, terms[1].0, terms[1].1)
        switch arithmetic.form(3) {
        case 0: return arithmetic.multiplyAdd(b - a, t, a)
        case 1: return arithmetic.multiplyAdd(b, t, (1 - t) * a)
        default: return arithmetic.sum(terms)
        }
    }
}
