import ModelCore

/// The variables of one object of a model as Keras 3 files them: by a path of class names with counters, not by the object's name.
package struct KerasVariableGroup: Sendable {
    /// `layers/conv2d_1`; empty for the model itself.
    package let path: String
    /// The object's name, which is noted beside its variables.
    package let name: String
    /// In the order in which Keras made them.
    package let weights: [KerasWeight]

    package init(path: String, name: String, weights: [KerasWeight]) {
        self.path = path
        self.name = name
        self.weights = weights
    }

    /// The place of a variable in the file.
    func path(ofVariable index: Int) -> String { "\(varsPath)/\(index)" }

    var varsPath: String { path.isEmpty ? "/vars" : "/\(path)/vars" }

    /// `Conv2DTranspose` becomes `conv2d_transpose`, `PReLU` becomes `p_re_lu`: Keras' rule for class names, `naming.to_snake_case`.
    package static func snakeCase(_ className: String) -> String {
        let kept = Array(className.unicodeScalars.filter { $0 == "_" || $0.properties.isAlphabetic || $0.properties.numericType != nil })
        let isLower = { (scalar: Unicode.Scalar) in ("a"..."z").contains(scalar) }
        let isUpper = { (scalar: Unicode.Scalar) in ("A"..."Z").contains(scalar) }
        // (.)([A-Z][a-z]+) and then ([a-z])([A-Z]), each with an underscore between; matches do not overlap.
        var first: [Unicode.Scalar] = []
        var index = 0
        while index < kept.count {
            first.append(kept[index])
            if index + 2 < kept.count, isUpper(kept[index + 1]), isLower(kept[index + 2]) {
                first += ["_", kept[index + 1]]
                index += 2
                while index < kept.count, isLower(kept[index]) {
                    first.append(kept[index])
                    index += 1
                }
            } else {
                index += 1
            }
        }
        var second = String.UnicodeScalarView()
        for (index, scalar) in first.enumerated() {
            if index > 0, isLower(first[index - 1]), isUpper(scalar) { second.append("_") }
            second.append(scalar)
        }
        return String(second).lowercased()
    }
}
