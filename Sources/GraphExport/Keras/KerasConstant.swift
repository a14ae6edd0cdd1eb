import ByteIO
import ModelCore
import ModelGraph

/// An array of constants that calls are given.
struct KerasConstant {
    /// The weight's name in the graph.
    let name: String
    let source: WeightSource
    /// As Keras 3 serialises an array of NumPy.
    let text: JSONValue

    /// The most numbers of one array: a configuration is text, and is read whole.
    private static let limit = 1 << 18

    init(_ name: String, _ weight: Weight) throws(KerasObstacle) {
        source = weight.source
        self.name = name
        guard source.count <= Self.limit else {
            throw KerasObstacle("is an array of \(source.count) constants, too many for the configuration of a Keras model, which is text")
        }
        guard source.dtype == .float32 else {
            throw KerasObstacle("is an array of constants of type \(source.dtype.rawValue), with which Keras would compute in another type")
        }
        guard let tensor = try? source.tensor() else { throw KerasObstacle("is an array of constants that cannot be read") }
        guard tensor.scalars.allSatisfy(\.isFinite) else {
            throw KerasObstacle("is an array with constants that JSON does not have: NaN or infinity")
        }
        var level = tensor.scalars.map { JSONValue.number(Double($0)) }
        for size in tensor.shape.dropFirst().reversed() where size > 0 {
            level = stride(from: 0, to: level.count, by: size).map { .array(Array(level[$0..<$0 + size])) }
        }
        let value = tensor.shape.isEmpty ? level.first ?? .number(0) : JSONValue.array(level)
        text = ["class_name": .string("__numpy__"), "config": ["value": value, "dtype": .string(DType.float32.rawValue)]]
    }
}
