import ModelCore
import ModelGraph
import ReferenceEngine
import Testing

@Suite struct ResizeTests {
    static let interpolations: [Interpolation] = [
        .nearest, .linear, .cubic(coefficient: -0.5, tableSize: 1024), .lanczos(radius: 3), .lanczos(radius: 5),
    ]

    private func row(_ values: [Float], to size: Int, _ interpolation: Interpolation) throws -> [Float] {
        let operation = Resize(layout: .nwc, target: .sizes([size]), interpolation: interpolation)
        return try evaluate(operation, tensor([1, values.count, 1], values)).scalars
    }

    /// What `tf.image.resize` of TensorFlow 2.21 makes of one row, in every bit.
    @Test func likeTensorFlow() throws {
        let x: [Float] = [1, 2, 4, 8, 0]
        let cubic = Interpolation.cubic(coefficient: -0.5, tableSize: 1024)
        #expect(try row(x, to: 7, .nearest) == [1, 2, 2, 4, 8, 8, 0])
        #expect(try row(x, to: 3, .nearest) == [1, 4, 0])
        #expect(try row(x, to: 10, .linear) == [1, 1.25, 1.75, 2.5, 3.5, 5, 7, 6, 2, 0])
        #expect(try row(x, to: 7, .linear) == [1, 1.5714285373687744, 2.5714287757873535, 4, 6.857143402099609, 4.571428298950195, 0])
        #expect(
            try row(x, to: 10, cubic) == [
                0.9117648005485535, 1.1459853649139404, 1.6412214040756226, 2.3828125, 3.3359375, 5.140625, 7.796875, 6.503816604614258,
                1.6058393716812134, -0.7058823704719543,
            ])
        #expect(
            try row(x, to: 7, cubic) == [
                0.9418392181396484, 1.42644202709198, 2.4409122467041016, 4, 7.6719136238098145, 4.740933895111084, -0.46528714895248413,
            ])
    }

    /// What `torch.nn.functional.interpolate` of PyTorch 2.13 makes of one row.
    @Test func likePyTorch() throws {
        let x = try tensor([1, 5, 1], [1, 2, 4, 8, 0])
        func row(_ target: ResizeTarget, _ interpolation: Interpolation, _ positions: ResizePositions) throws -> [Float] {
            try evaluate(Resize(layout: .nwc, target: target, interpolation: interpolation, positions: positions), x).scalars
        }
        let cubic = Interpolation.cubicReplicated(coefficient: -0.75)
        #expect(try row(.sizes([7]), .nearest, .leadingEdge) == [1.0, 1.0, 2.0, 4.0, 4.0, 8.0, 0.0])
        #expect(try row(.scales([1.7]), .nearest, .leadingEdge) == [1.0, 1.0, 2.0, 2.0, 4.0, 4.0, 8.0, 0.0])
        #expect(try row(.sizes([7]), .nearest, .halfPixel) == [1.0, 2.0, 2.0, 4.0, 8.0, 8.0, 0.0])
        #expect(try row(.sizes([9]), .linear, .alignedCorners) == [1.0, 1.5, 2.0, 3.0, 4.0, 6.0, 8.0, 4.0, 0.0])
        #expect(try row(.sizes([1]), .linear, .alignedCorners) == [1.0])
        #expect(try row(.scales([16.0 / 9]), .linear, .halfPixel) == [1.0, 1.34375, 1.90625, 2.9375, 4.125, 6.375, 6.75, 2.25])
        #expect(try row(.sizes([10]), .linear, .halfPixel) == [1.0, 1.25, 1.75, 2.5, 3.5, 5.0, 7.0, 6.0, 2.0, 0.0])
        #expect(
            try row(.sizes([10]), cubic, .halfPixel) == [
                0.89453125, 1.15625, 1.5625, 2.41796875, 3.16015625, 5.3984375, 8.0078125, 6.609375, 1.953125, -0.84375,
            ])
        #expect(try row(.sizes([9]), cubic, .alignedCorners) == [1.0, 1.3125, 2.0, 2.71875, 4.0, 6.9375, 8.0, 4.375, 0.0])
    }

    @Test func positionsThatDoNotGoTogether() throws {
        let x = try tensor([1, 5, 1], [1, 2, 4, 8, 0])
        for operation in [
            Resize(layout: .nwc, target: .sizes([7]), interpolation: .nearest, positions: .alignedCorners),
            Resize(layout: .nwc, target: .sizes([7]), interpolation: .area, positions: .leadingEdge),
            Resize(layout: .nwc, target: .scales([1.5]), interpolation: .lanczos(radius: 3)),
            Resize(layout: .nwc, target: .scales([0]), interpolation: .linear), Resize(layout: .nwc, target: .scales([0.1]), interpolation: .linear),
        ] {
            #expect(throws: ModelError.self) { try evaluate(operation, x) }
        }
    }

    /// TensorFlow computes the kernel with the C library's `sinf`, so only nearly the same.
    @Test(
        arguments: [
            (3, [0.9456214308738708, 1.1075695753097534, 1.6635112762451172, 2.260396957397461, 3.001052141189575, 5.543633460998535]),
            (5, [0.8642013072967529, 1.6946099996566772, 2.029226541519165, 3.999999761581421, 8.391182899475098, 4.608798027038574]),
        ] as [(Int, [Float])])
    func lanczosLikeTensorFlow(radius: Int, expected: [Float]) throws {
        let y = try row([1, 2, 4, 8, 0], to: radius == 3 ? 10 : 7, .lanczos(radius: radius))
        for (value, other) in zip(y, expected) { #expect(abs(value - other) < 2e-6) }
    }

    @Test(arguments: interpolations)
    func theSameSizeChangesNothing(interpolation: Interpolation) throws {
        let x = integers([2, 5, 6, 3], seed: 1)
        let y = try evaluate(Resize(layout: .nhwc, target: .factors([1, 1]), interpolation: interpolation), x)
        // Lanczos' kernel at whole distances is 0 up to the rounding of pi.
        for (value, other) in zip(y.scalars, x.scalars) { #expect(abs(value - other) < 1e-5) }
    }

    @Test(arguments: interpolations)
    func aConstantStays(interpolation: Interpolation) throws {
        for size in 1...9 {
            for value in try row(Array(repeating: 3, count: 4), to: size, interpolation) { #expect(abs(value - 3) < 1e-5) }
        }
    }

    @Test(arguments: interpolations)
    func layoutsAgreeInEveryBit(interpolation: Interpolation) throws {
        let x = fractions([2, 3, 4, 5], seed: 2)
        var operation = Resize(layout: .nhwc, target: .factors([2, 3]), interpolation: interpolation)
        let last = try evaluate(operation, x)
        operation.layout = .nchw
        #expect(try evaluate(operation, x.transposed([0, 3, 1, 2])).bits == last.transposed([0, 3, 1, 2]).bits)
    }

    @Test(arguments: 1...3)
    func nearestRepeats(rank: Int) throws {
        let x = fractions([2] + Array([3, 4, 2].prefix(rank)) + [3], seed: rank)
        let factors = Array([2, 1, 3].prefix(rank))
        let layout = try #require(DataLayout.channelsLast(spatialRank: rank))
        var expected = x
        for axis in 1...rank {
            let factor = factors[axis - 1]
            let columns = (0..<expected.shape[axis] * factor).map { expected.part($0 / factor..<$0 / factor + 1, axis: axis) }
            expected = try Reference.evaluate(.concatenate(Concatenate(axis: axis)), inputs: columns, weights: [:])
        }
        #expect(try evaluate(Resize(layout: layout, target: .factors(factors), interpolation: .nearest), x).bits == expected.bits)
    }

    @Test func positionsAreFloat32InFloat64() throws {
        let x = try tensor([1, 2, 1], [0, 1])
        let y = try evaluateWidely(Resize(layout: .nwc, target: .sizes([7]), interpolation: .linear), x).scalars
        #expect(y[2] == Double((Float(2.5) * (Float(2) / Float(7)) - 0.5)))
    }
}
