/// The generation of Keras that wrote a file; configurations are read as that generation meant them.
enum KerasVersion: Int, Comparable {
    case keras1 = 1
    case keras2, keras3

    /// - Parameter text: the `keras_version` attribute. Files of Keras 1 before 1.0.8 have none.
    init(_ text: String?) {
        switch text?.prefix(while: { $0 != "." }) {
        case nil, "0", "1": self = .keras1
        case "2": self = .keras2
        default: self = .keras3
        }
    }

    static func < (left: KerasVersion, right: KerasVersion) -> Bool { left.rawValue < right.rawValue }
}
