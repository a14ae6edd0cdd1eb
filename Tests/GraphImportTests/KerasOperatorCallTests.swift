import ByteIO
import ModelCore
import ModelGraph
import Testing

@testable import GraphImport

/// What operators make of the arguments of a call, in the words of TensorFlow and of Keras 3.
@Suite struct KerasOperatorCallTests {
    private static func layer(_ className: String, _ operation: String, _ config: JSONObject) throws -> KerasLayer {
        let version = KerasVersion(className == "TFOpLambda" ? "2.15.0" : "3.8.0")
        let origin = KerasOrigin(version: version, flipsKernels: false, configuration: .null)
        return KerasLayer(
            className: className, name: "op", config: KerasSettings(config), path: "/config", origin: origin, customName: nil, network: nil,
            operation: operation)
    }

    private static let tensor = KerasArguments.tensor(0)

    /// The steps of a function of TensorFlow that is called with a tensor and keywords.
    private static func steps(_ function: String, _ keywords: JSONObject, _ shape: Shape = [nil, 5, 7, 4]) throws -> [KerasStep] {
        let operation = try #require(TensorFlowFunction.functions[function]).name
        let layer = try layer("TFOpLambda", operation, ["function": .string(function), "name": .string("op"), "dtype": .string("float32")])
        let called = try layer.called(with: KerasArguments(positional: [tensor], keywords: keywords))
        let make = try #require(KerasOperation.all[operation])
        let steps = try make(called, [shape])
        if let error = ModelError(called.unreadProblems()) { throw error }
        return steps
    }

    private static func operators(_ function: String, _ keywords: JSONObject, _ shape: Shape = [nil, 5, 7, 4]) throws -> [Operator] {
        try steps(function, keywords, shape).map(\.operation)
    }

    @Test func settingsOfTensorFlowHaveTheirOwnNames() throws {
        let leaky = ActivationFunction.relu(negativeSlope: 0.05, maximum: nil, threshold: 0)
        #expect(try Self.operators("nn.leaky_relu", ["alpha": .number(0.05)]) == [Activation(leaky).erased])
        #expect(try Self.operators("nn.gelu", [:]) == [Activation(.gelu).erased])
        #expect(try Self.operators("nn.gelu", ["approximate": .bool(true)]) == [Activation(.geluTanh).erased])
        #expect(try Self.operators("nn.silu", ["beta": .number(1)]) == [Activation(.silu).erased])
        #expect(try Self.operators("nn.silu", ["beta": .number(1.5)])[0] == Rescaling(scale: [1.5], offset: [0]).erased)
        let mean = Reduce(kind: .mean, axes: [1, 2], keepsAxes: true).erased
        #expect(try Self.operators("math.reduce_mean", ["axis": .array([.integer(-3), .integer(2)]), "keepdims": .bool(true)]) == [mean])
        #expect(try Self.operators("compat.v1.norm", ["axis": .integer(1), "keep_dims": .bool(true)]).count == 3)
    }

    @Test(arguments: [
        ("nn.leaky_relu", "slope", JSONValue.number(0.3)), ("nn.silu", "approximate", .bool(true)), ("compat.v1.gather", "batch_dims", .integer(1)),
        ("image.resize", "antialias", .bool(true)), ("math.reduce_mean", "axes", .integer(1)), ("cast", "dtype", .string("int32")),
        ("compat.v1.pad", "mode", .string("WRAPPED")), ("math.add", "z", .integer(1)),
    ])
    func whatIsNotKnownIsRefused(_ function: String, _ key: String, _ value: JSONValue) throws {
        var keywords: JSONObject = function == "math.add" ? ["y": .integer(1)] : function == "math.reduce_mean" ? ["axis": .integer(1)] : [:]
        if function == "compat.v1.gather" { keywords = ["indices": .array([.integer(0)]), "axis": .integer(1)] }
        if function == "image.resize" { keywords = ["size": .array([.integer(2), .integer(3)])] }
        if function == "compat.v1.pad" { keywords = ["paddings": .array(Array(repeating: .array([.integer(0), .integer(0)]), count: 4))] }
        keywords[key] = value
        let error = #expect(throws: ModelError.self) { try Self.steps(function, keywords) }
        let text = error?.problems.map(\.message).joined() ?? ""
        #expect(text.contains(key == "dtype" ? "int32" : key == "mode" ? "wrapped" : key))
    }

    @Test func constantsStandOnEitherSide() throws {
        let layer = try Self.layer("TFOpLambda", "Subtract", ["function": .string("math.subtract")])
        let called = try layer.called(with: KerasArguments(positional: [.number(1)], keywords: ["y": Self.tensor]))
        let subtract = try #require(KerasOperation.all["Subtract"])
        #expect(try subtract(called, [[nil, 4]]).map(\.operation) == [Rescaling(scale: [-1], offset: [1]).erased])
        let samples = try layer.called(with: KerasArguments(positional: [Self.tensor], keywords: ["y": .array([.integer(1), .integer(2)])]))
        #expect(throws: ModelError.self) { try subtract(samples, [[nil]]) }
    }

    private static func slice(_ places: [KerasSlice.Place], _ shape: Shape) throws -> [Operator] {
        try KerasSlice(places: places, layer: layer("GetItem", "GetItem", [:])).steps(shape).map(\.operation)
    }

    private static let all = KerasSlice.Place.range(start: nil, stop: nil, step: 1)

    @Test func slicesOfAxesOfUnknownSize() throws {
        let open: Shape = [nil, nil, 4]
        func range(_ start: Int?, _ stop: Int?, _ step: Int) throws -> [Operator] {
            try Self.slice([Self.all, .range(start: start, stop: stop, step: step)], open)
        }
        #expect(try range(1, -2, 1) == [Crop(before: [0, 1, 0], after: [0, 2, 0]).erased])
        #expect(try range(nil, nil, 3) == [Crop(before: [0, 0, 0], after: [0, 0, 0], steps: [1, 3, 1]).erased])
        #expect(try range(nil, nil, -1) == [Flip(axes: [1]).erased])
        #expect(try range(-2, 0, -2) == [Flip(axes: [1]).erased, Crop(before: [0, 1, 0], after: [0, 1, 0], steps: [1, 2, 1]).erased])
        for (start, stop) in [(-2, nil), (nil, 3), (1, 3)] as [(Int?, Int?)] {
            #expect(throws: ModelError.self) { try range(start, stop, 1) }
        }
    }

    @Test func slicesClampAndCountFromTheEnd() throws {
        let shape: Shape = [nil, 5, 7]
        func range(_ start: Int?, _ stop: Int?, _ step: Int) throws -> [Operator] {
            try Self.slice([.rest, .range(start: start, stop: stop, step: step)], shape)
        }
        #expect(try range(-100, 100, 1) == [Identity().erased])
        #expect(try range(5, 1, -3) == [Flip(axes: [2]).erased, Crop(before: [0, 0, 1], after: [0, 0, 2], steps: [1, 1, 3]).erased])
        #expect(try range(.max, .min, -1) == [Flip(axes: [2]).erased])
        #expect(
            try Self.slice([Self.all, .element(-1), .newAxis], shape) == [
                Crop(before: [0, 4, 0], after: [0, 0, 0]).erased, Reshape(sizes: [1, 7]).erased,
            ])
        #expect(throws: ModelError.self) { try range(3, 3, 1) }
        #expect(throws: ModelError.self) { try range(nil, nil, 0) }
        #expect(throws: ModelError.self) { try range(nil, nil, .min) }
        for places in [[.element(0)], [.newAxis], [.range(start: 1, stop: nil, step: 1)], [Self.all, .element(5)], [.rest, .rest]]
            as [[KerasSlice.Place]]
        {
            #expect(throws: ModelError.self) { try Self.slice(places, shape) }
        }
    }
}
