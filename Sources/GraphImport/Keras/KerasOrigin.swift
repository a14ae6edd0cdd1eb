import ByteIO

/// What wrote a file, as far as it changes the meaning of what is in it.
struct KerasOrigin: Sendable {
    let version: KerasVersion
    /// Theano convolves with the kernel turned by half a turn; the kernels of its files are flipped along all window axes.
    let flipsKernels: Bool
    /// The order of axes of layers that do not name it; `nil` where those that do disagree.
    let missingDataFormat: String?

    init(version: KerasVersion, flipsKernels: Bool, configuration: JSONValue) {
        self.version = version
        self.flipsKernels = flipsKernels
        switch KerasVersionTable.missingOrder[version] {
        case .always(let format): missingDataFormat = format
        case .others(let fallback):
            let named = Self.dataFormats(in: configuration, version)
            missingDataFormat = named.count > 1 ? nil : named.first ?? fallback
        }
    }

    /// Whether a version stored kernels as Theano has them.
    /// - Parameters:
    ///   - backend: the `backend` attribute; files of Keras 1 have none.
    ///   - weightNames: the names of datasets. TensorFlow ends its names in `:0`, Theano does not.
    static func turnsKernels(_ version: KerasVersion, backend: String?, weightNames: some Sequence<String>) -> Bool {
        switch KerasVersionTable.turnedKernels[version] {
        case .indifferent: false
        case .attributeOrNames where backend == nil: weightNames.contains { !$0.hasSuffix(":0") }
        case .attributeOrNames, .attribute: backend == "theano"
        }
    }

    /// The orders of axes that layers name.
    private static func dataFormats(in configuration: JSONValue, _ version: KerasVersion) -> Set<String> {
        let values = KerasVersionTable.dataFormats[version]
        var found: Set<String> = []
        var pending = [configuration]
        while let value = pending.popLast() {
            switch value {
            case .array(let array): pending += array
            case .object(let object):
                if let format = object["dim_ordering"]?.string.flatMap({ values[$0] }) { found.insert(format) }
                pending += object.map(\.value)
            default: break
            }
        }
        return found
    }
}
