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

/// What wrote a file, as far as it changes the meaning of what is in it.
struct KerasOrigin: Sendable {
    let version: KerasVersion
    /// Theano convolves with the kernel turned by half a turn; the kernels of its files are flipped along all window axes.
    let flipsKernels: Bool

    init(version: KerasVersion, flipsKernels: Bool) {
        self.version = version
        self.flipsKernels = flipsKernels
    }

    /// - Parameters:
    ///   - backend: the `backend` attribute; files of Keras 1 have none.
    ///   - weightNames: the names of datasets. TensorFlow ends its names in `:0`, Theano does not.
    init(version: KerasVersion, backend: String?, weightNames: some Sequence<String>) {
        self.version = version
        switch (version, backend) {
        case (.keras3, _): flipsKernels = false
        case (.keras1, nil): flipsKernels = weightNames.contains { !$0.hasSuffix(":0") }
        case (_, let backend): flipsKernels = backend == "theano"
        }
    }
}
