import ByteIO
import ModelCore

/// The types of numbers that a layer's `dtype` names: a type, or a policy by its name or as an object.
///
/// cnnconvert computes in Float32 whatever the type is that Keras would compute in. What matters is how variables are kept.
enum KerasPrecision {
    private static let variableTypes: [String: DType] = [
        "float32": .float32, "mixed_float16": .float32, "mixed_bfloat16": .float32, "float16": .float16, "bfloat16": .bfloat16, "float64": .float64,
    ]
    private static let inputTypes: Set<String> = ["uint8", "int8", "uint16", "int16", "uint32", "int32", "uint64", "int64", "bool"]

    /// The type of a layer's variables; `nil` where the file does not say it.
    /// - Throws: `keras.unsupported-setting` for what is no type of floating-point numbers.
    static func variableType(of layer: KerasLayer) throws(ModelError) -> DType? {
        guard let value = layer.config["dtype"], !value.isNull else { return nil }
        let name = value.string ?? (policies.contains(value["class_name"]?.string ?? "") ? value["config"]?["name"]?.string : nil)
        if let name, name == "_infer" || layer.className == "InputLayer" && inputTypes.contains(name) { return nil }
        guard let name, let type = variableTypes[name] else {
            throw layer.problem("keras.unsupported-setting", "has dtype \(KerasLayer.brief(value)), which cnnconvert cannot convert", key: "dtype")
        }
        return type
    }

    private static let policies: Set<String> = ["DTypePolicy", "FloatDTypePolicy", "Policy", "PolicyV1"]
}
