package import ModelGraph

/// Along one axis that is resized, which input elements each output element is made of.
///
/// Positions and weights are Float32 in every evaluation, as the frameworks compute them: they are constants of the network, like a kernel.
package struct ResizeTaps: Sendable {
    /// For each output index, the first input index that it reads.
    package private(set) var first: [Int] = []
    /// For each output index, how many neighbours it reads, at most `most`.
    package private(set) var count: [Int] = []
    /// For each output index, `most` weights, those past `count` unused. For linear interpolation they are `1 - t` and `t`.
    package private(set) var weights: [Float] = []
    /// The most neighbours that one output reads.
    package let most: Int
    private let grid: ResizeGrid

    /// The neighbours that one output element can have.
    static func most(_ interpolation: Interpolation, input: Int, output: Int) -> Int {
        switch interpolation {
        case .nearest: 1
        case .linear: 2
        case .cubic, .cubicReplicated: 4
        case .lanczos(let radius): 2 * radius + 1
        case .area: input / output + 3
        }
    }

    /// - Parameters:
    ///   - input: the length of the axis, positive.
    ///   - output: the length that it gets, positive.
    ///   - positions: where output elements stand.
    ///   - step: the input elements that one output element is long, where it is not `input / output`.
    package init(_ interpolation: Interpolation, input: Int, output: Int, positions: ResizePositions = .halfPixel, step: Double? = nil) {
        grid = ResizeGrid(input: input, output: output, positions: positions, step: step)
        most = Self.most(interpolation, input: input, output: output)
        let cubic = if case .cubic(let coefficient, let size) = interpolation { CubicTable(coefficient, size: size) } else { CubicTable?.none }
        for index in 0..<output {
            switch interpolation {
            case .nearest: append(first: grid.nearest(index), [1])
            case .linear: appendLinear(index, input)
            case .cubic: appendCubic(index, input, cubic)
            case .cubicReplicated(let coefficient): appendReplicated(index, input, coefficient)
            case .lanczos(let radius): appendLanczos(index, input, output, radius: radius)
            case .area: appendArea(index, input, output)
            }
        }
    }

    /// The greatest sum of the magnitudes of an output element's weights.
    package var greatestSum: Double {
        count.indices.reduce(0) { greatest, index in
            let own = weights[index * most..<index * most + count[index]]
            return max(greatest, own.reduce(0) { $0 + Double(abs($1)) })
        }
    }

    private mutating func append(first: Int, _ weights: [Float]) {
        self.first.append(first)
        count.append(weights.count)
        self.weights += weights + [Float](repeating: 0, count: most - weights.count)
    }

    /// TensorFlow's ResizeBilinear, PyTorch's `interpolate`.
    private mutating func appendLinear(_ index: Int, _ input: Int) {
        let centre = grid.position(index)
        let below = centre.rounded(.down)
        let low = min(max(Int(below), 0), input - 1)
        let high = min(Int(centre.rounded(.up)), input - 1)
        let fraction = centre - below
        append(first: low, low < high ? [1 - fraction, fraction] : [1])
    }

    /// TensorFlow's ResizeBicubic with half-pixel centres.
    private mutating func appendCubic(_ index: Int, _ input: Int, _ table: CubicTable?) {
        guard let table else { return }
        let centre = grid.position(index)
        let below = centre.rounded(.down)
        let base = Int(below)
        let step = Int(((centre - below) * Float(table.size)).rounded(.toNearestOrEven))
        let all = [table.outer[step], table.inner[step], table.inner[table.size - step], table.outer[table.size - step]]
        let inside = all.indices.filter { (0..<input).contains(base - 1 + $0) }
        append(first: base - 1 + (inside.first ?? 0), Self.normalised(inside.map { all[$0] }))
    }

    /// PyTorch's bicubic `interpolate`. What falls on the border adds to the border's weight.
    private mutating func appendReplicated(_ index: Int, _ input: Int, _ coefficient: Double) {
        let centre = grid.position(index)
        let below = centre.rounded(.down)
        let (base, a, t) = (Int(below), Float(coefficient), centre - below)
        func near(_ x: Float) -> Float { ((a + 2) * x - (a + 3)) * x * x + 1 }
        func far(_ x: Float) -> Float { ((a * x - 5 * a) * x + 8 * a) * x - 4 * a }
        let all = [far(t + 1), near(t), near(1 - t), far(2 - t)]
        let places = all.indices.map { min(max(base - 1 + $0, 0), input - 1) }
        var weights = [Float](repeating: 0, count: places[3] - places[0] + 1)
        for (place, weight) in zip(places, all) { weights[place - places[0]] += weight }
        append(first: places[0], weights)
    }

    /// TensorFlow's ScaleAndTranslate without antialiasing. The kernel is computed in Float64 and rounded, for C libraries differ in `sinf`.
    private mutating func appendLanczos(_ index: Int, _ input: Int, _ output: Int, radius: Int) {
        let inverseScale = 1 / (Float(output) / Float(input))
        let sample = (Float(index) + 0.5) * inverseScale
        let low = min(max(Int((sample - Float(radius) - 0.5).rounded(.up)), 0), input - 1)
        let high = min(max(Int((sample + Float(radius) - 0.5).rounded(.down)), low), input - 1)
        let weights = (low...high).map { Self.lanczos(abs(Float($0) + 0.5 - sample), Double(radius)) }
        append(first: low, Self.normalised(weights))
    }

    /// TensorFlow's ResizeArea: the part of each input element that the output element covers, relative to its own length.
    private mutating func appendArea(_ index: Int, _ input: Int, _ output: Int) {
        let scale = Float(input) / Float(output)
        let start = Float(index) * scale
        let end = Float(index + 1) * scale
        let low = min(Int(start.rounded(.down)), input - 1)
        let high = min(max(Int(end.rounded(.up)) - 1, low), input - 1, low + most - 1)
        let weights = (low...high).map { element in
            let isCutBefore = Float(element) < start
            let isCutAfter = Float(element + 1) > end
            let part: Float =
                switch (isCutBefore, isCutAfter) {
                case (true, true): scale
                case (true, false): Float(element + 1) - start
                case (false, true): end - Float(element)
                case (false, false): 1
                }
            return part / scale
        }
        append(first: low, weights)
    }

    private static func lanczos(_ distance: Float, _ radius: Double) -> Float {
        let x = Double(distance)
        if x > radius { return 0 }
        if distance <= 1e-3 { return 1 }
        let angle = Double.pi * x
        return Float(radius * .sin(angle) * .sin(angle / radius) / (angle * angle))
    }

    /// The weights divided by their sum, unless that is nothing.
    private static func normalised(_ weights: [Float]) -> [Float] {
        let sum = weights.reduce(0, +)
        guard abs(sum) >= 1000 * .leastNormalMagnitude else { return weights.map { _ in 0 } }
        return weights.map { $0 * (1 / sum) }
    }
}

/// Where output elements stand along one axis.
private struct ResizeGrid: Sendable {
    let input: Int
    let output: Int
    let positions: ResizePositions
    let isRatio: Bool
    /// Input elements from one output element to the next.
    let step: Float

    init(input: Int, output: Int, positions: ResizePositions, step: Double?) {
        (self.input, self.output, self.positions, isRatio) = (input, output, positions, step == nil)
        self.step =
            switch positions {
            case .alignedCorners: output > 1 ? Float(input - 1) / Float(output - 1) : 0
            case .halfPixel, .leadingEdge: step.map { Float($0) } ?? Float(input) / Float(output)
            }
    }

    func position(_ index: Int) -> Float {
        switch positions {
        case .halfPixel: (Float(index) + 0.5) * step - 0.5
        case .alignedCorners, .leadingEdge: Float(index) * step
        }
    }

    func nearest(_ index: Int) -> Int {
        if isRatio, output % input == 0 { return index / (output / input) }
        let place = positions == .halfPixel ? (Float(index) + 0.5) * step : Float(index) * step
        return min(Int(place.rounded(.down)), input - 1)
    }
}

/// Keys' cubic kernel at multiples of `1 / size`, each entry rounded to Float32.
private struct CubicTable {
    let size: Int
    /// At distances from 0 to 1.
    let inner: [Float]
    /// At distances from 1 to 2.
    let outer: [Float]

    init(_ a: Double, size: Int) {
        self.size = size
        let distances = (0...size).map { Double(Float(Double($0) / Double(size))) }
        inner = distances.map { x in Float(((a + 2) * x - (a + 3)) * x * x + 1) }
        outer = distances.map { x in
            let y = Double(Float(x + 1))
            return Float(((a * y - 5 * a) * y + 8 * a) * y - 4 * a)
        }
    }
}
