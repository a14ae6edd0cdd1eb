import ModelCore
import ModelGraph
import ReferenceEngine
import Testing

@Suite struct ActivationTests {
    struct Case: Sendable {
        let function: ActivationFunction
        let inputs: [Float]
        let outputs: [Float]
    }

    /// Values that no rounding touches.
    static let exactCases = [
        Case(function: .relu, inputs: [-2, -0.0, 0, 3, .infinity, -.infinity], outputs: [0, 0, 0, 3, .infinity, 0]),
        Case(function: .relu(negativeSlope: 0.25, maximum: nil, threshold: 0), inputs: [-2, 0, 3], outputs: [-0.5, 0, 3]),
        Case(function: .relu(negativeSlope: 0.5, maximum: 6, threshold: 1), inputs: [-1, 0, 1, 1.5, 7], outputs: [-1, -0.5, 0, 1.5, 6]),
        Case(function: .elu(alpha: 2), inputs: [-.infinity, -0.0, 0, 3], outputs: [-2, 0, 0, 3]),
        Case(function: .selu(alpha: 2, scale: 0.5), inputs: [-.infinity, 0, 3], outputs: [-1, 0, 1.5]),
        Case(function: .celu(alpha: 2), inputs: [-.infinity, 0, 3, .infinity], outputs: [-2, 0, 3, .infinity]),
        Case(function: .sigmoid, inputs: [-.infinity, 0, .infinity, 200, -200], outputs: [0, 0.5, 1, 1, 0]),
        Case(function: .tanh, inputs: [-.infinity, 0, .infinity], outputs: [-1, 0, 1]),
        Case(function: .exponential, inputs: [-.infinity, 0, 1000], outputs: [0, 1, .infinity]),
        Case(function: .softplus, inputs: [-.infinity, -200, 200, .infinity], outputs: [0, 0, 200, .infinity]),
        Case(function: .softsign, inputs: [-3, 0, 1], outputs: [-0.75, 0, 0.5]),
        Case(function: .silu, inputs: [0, 200, -200], outputs: [0, 200, 0]),
        Case(function: .mish, inputs: [0, 200, -200], outputs: [0, 200, 0]),
        Case(function: .logSigmoid, inputs: [-.infinity, -200, 200, .infinity], outputs: [-.infinity, -200, 0, 0]),
        Case(function: .gelu, inputs: [0, 20, -20, 0x1.8p127], outputs: [0, 20, 0, 0x1.8p127]),
        Case(function: .geluTanh, inputs: [0, 20, -200], outputs: [0, 20, 0]),
        Case(function: .hardSigmoid(slope: 0.25, offset: 0.5), inputs: [-3, -1, 0, 1, 3], outputs: [0, 0.25, 0.5, 0.75, 1]),
        Case(function: .hardSilu(slope: 0.25, offset: 0.5), inputs: [-3, -1, 0, 1, 3], outputs: [0, -0.25, 0, 0.75, 3]),
        Case(function: .hardTanh(minimum: -1, maximum: 2), inputs: [-3, 0.5, 3], outputs: [-1, 0.5, 2]),
        Case(function: .hardShrink(lambda: 0.5), inputs: [-0.75, -0.5, 0.5, 0.75], outputs: [-0.75, 0, 0, 0.75]),
        Case(function: .softShrink(lambda: 0.5), inputs: [-0.75, -0.5, 0.5, 0.75], outputs: [-0.25, 0, 0, 0.25]),
        Case(function: .tanhShrink, inputs: [0, 100, -100], outputs: [0, 99, -99]),
        Case(function: .threshold(threshold: 1, value: 7), inputs: [0, 1, 2], outputs: [7, 7, 2]),
        Case(function: .squareplus(b: 4), inputs: [0, 1.5, -1.5, 0], outputs: [1, 2, 0.5, 1]),
        Case(function: .sparsePlus, inputs: [-2, -1, 0, 1, 2], outputs: [0, 0, 0.25, 1, 2]),
        Case(function: .sparseSigmoid, inputs: [-2, -1, 0, 1, 2], outputs: [0, 0, 0.5, 1, 1]),
        Case(function: .squareRoot, inputs: [0, 2.25, .infinity], outputs: [0, 1.5, .infinity]),
        Case(function: .logarithm, inputs: [0, 1, .infinity], outputs: [-.infinity, 0, .infinity]),
        Case(function: .errorFunction, inputs: [-.infinity, 0, 1, .infinity], outputs: [-1, 0, 0.8427007929497149, 1]),
        Case(function: .sign, inputs: [-.infinity, -2, -0.5, 0, 3], outputs: [-1, -1, -1, 0, 1]),
        Case(function: .floor, inputs: [-1.5, -1, -0.25, 1.75, .infinity], outputs: [-2, -1, -1, 1, .infinity]),
        Case(function: .ceiling, inputs: [-1.5, -1, 0.25, 1.75, -.infinity], outputs: [-1, -1, 1, 2, -.infinity]),
        Case(function: .roundToEven, inputs: [-1.5, -0.75, 0.5, 1.5, 2.5], outputs: [-2, -1, 0, 2, 2]),
        Case(function: .power(exponent: 3), inputs: [-2, 0, 1.5, .infinity], outputs: [-8, 0, 3.375, .infinity]),
        Case(function: .power(exponent: -0.5), inputs: [4, 0.25, .infinity], outputs: [0.5, 2, 0]),
    ]

    @Test(arguments: exactCases)
    func exactValues(of example: Case) throws {
        let x = try tensor([example.inputs.count], example.inputs)
        #expect(try evaluate(Activation(example.function), x).scalars == example.outputs)
        #expect(try evaluateWidely(Activation(example.function), x).scalars.map { Float($0) } == example.outputs)
    }

    @Test(arguments: exactCases)
    func nanStaysNaN(of example: Case) throws {
        #expect(try evaluate(Activation(example.function), tensor([1], [.nan])).scalars[0].isNaN)
        #expect(try evaluateWidely(Activation(example.function), tensor([1], [.nan])).scalars[0].isNaN)
    }

    /// Functions of a continuous formula: Float32 within a few units in the last place of Float64, everywhere.
    @Test(
        arguments: [
            .elu(alpha: 1), .celu(alpha: 1.5), .sigmoid, .tanh, .exponential, .softplus, .softsign, .silu, .mish, .logSigmoid,
            .gelu, .geluTanh, .squareplus(b: 4),
        ] as [ActivationFunction])
    func neitherCancelsNorOverflows(_ function: ActivationFunction) throws {
        let positive: [Float] = [1e-30, 1e-10, 1e-5, 1e-3, 0.01, 0.1, 0.5, 0.9, 1, 1.5, 2, 3, 4, 5, 7, 10, 15, 20, 40, 80]
        let x = try tensor([2 * positive.count], positive + positive.map { -$0 })
        let float = try evaluate(Activation(function), x)
        let double = try evaluateWidely(Activation(function), x)
        for (position, exact) in double.scalars.enumerated() where abs(exact) > 0x1p-120 {
            // Far out the argument itself, rounded once, is worth |x| units.
            let units = 8 + abs(Double(x.scalars[position])) * 8 * (function == .geluTanh || function == .gelu ? abs(Double(x.scalars[position])) : 1)
            let error = abs(Double(float.scalars[position]) - exact)
            #expect(error <= units * 0x1p-24 * abs(exact), "\(function.name) at \(x.scalars[position])")
        }
    }

    @Test func knownValuesInFloat64() throws {
        func value(_ function: ActivationFunction, _ x: Float) throws -> Double {
            try evaluateWidely(Activation(function), tensor([1], [x])).scalars[0]
        }
        #expect(abs(try value(.sigmoid, 1) - 0.7310585786300049) < 1e-15)
        #expect(abs(try value(.softplus, 1) - 1.3132616875182228) < 1e-15)
        #expect(abs(try value(.mish, 1) - 0.8650983882673103) < 1e-15)
        // The root of 2 is Float32's.
        #expect(abs(try value(.gelu, 1) - 0.8413447460685429) < 1e-8)
        #expect(abs(try value(.geluTanh, 1) - 0.8411919906082768) < 1e-8)
        #expect(abs(try value(.elu(alpha: 1), -1) - -0.6321205588285577) < 1e-15)
        #expect(abs(try value(.logSigmoid, -1) - -1.3132616875182228) < 1e-15)
    }

    @Test func constantsAreThoseOfFloat32() throws {
        let y = try evaluateWidely(Activation(.relu(negativeSlope: 0.1, maximum: nil, threshold: 0)), tensor([1], [-1]))
        #expect(y.scalars == [-Double(Float(0.1))])
    }

    @Test func slopesOfPReLU() throws {
        let x = try tensor([1, 2, 2], [-1, -2, 3, -4])
        let each = ReferenceWeight(values: try tensor([2, 2], [0.5, 2, 7, 3]), layout: .other)
        #expect(try evaluate(PReLU(), x, weights: ["alpha": each]).scalars == [-0.5, -4, 3, -12])
        let shared = ReferenceWeight(values: try tensor([1, 2], [0.5, 2]), layout: .other)
        #expect(try evaluate(PReLU(), x, weights: ["alpha": shared]).scalars == [-0.5, -4, 3, -8])
    }

    @Test func gatedLinearUnit() throws {
        let x = try tensor([1, 4, 2], [1, 2, 3, 4, 0, 0, .infinity, -.infinity])
        #expect(try evaluate(GatedLinearUnit(axis: 1), x) == tensor([1, 2, 2], [0.5, 1, 3, 0]))
    }
}
