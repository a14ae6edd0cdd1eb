import ByteIO
import ModelCore

/// One entry of a configuration's list of layers, in the vocabulary of Keras 3 whatever version wrote it.
struct KerasLayer: Sendable {
    let className: String
    let name: String
    let config: KerasSettings
    /// The layer's place in the configuration, as a JSON pointer.
    let path: String
    let origin: KerasOrigin
    /// What the layer is registered as if it is not Keras' own.
    let customName: String?
    /// The layers of a model that is used as a layer.
    let network: KerasNetwork?
    /// The name in Keras 3 of an operator on tensors; `nil` for a layer.
    var operation: String?
    /// The layer that this one wraps, alone, or none.
    var wrapped: [KerasLayer] = []

    /// Whether training makes another result of its inputs than inference.
    var differsInTraining: Bool {
        ["BatchNormalization", "SpectralNormalization"].contains(className) || identityKinds[className] != nil
            || (network?.layers ?? wrapped).contains(where: \.differsInTraining)
    }

    /// The same layer with other settings.
    func with(_ settings: JSONObject) -> KerasLayer {
        KerasLayer(
            className: className, name: name, config: KerasSettings(settings), path: path, origin: origin, customName: customName, network: network,
            operation: operation, wrapped: wrapped)
    }

    func problem(_ code: String, _ message: String, key: String? = nil, hint: String? = nil) -> ModelError {
        let place = key.map { "\(path)/config/\($0)" } ?? path
        return ModelError(Problem(code, "layer '\(name)' (\(className)) \(message)", at: Location(path: place, node: name), hint: hint))
    }

    private func wrongType(_ key: String, _ expected: String) -> ModelError {
        let found = config[key].map(Self.brief) ?? "nothing"
        return problem("keras.config", "has \(key) \(found), expected \(expected)", key: key)
    }

    static func brief(_ value: JSONValue) -> String {
        switch value {
        case .null: "null"
        case .bool(let bool): "\(bool)"
        case .integer(let integer): "\(integer)"
        case .number(let number): "\(number)"
        case .string(let string): "'\(string.prefix(60))'"
        case .array(let array) where array.count <= 8: "[" + array.map { $0.array == nil ? brief($0) : "[...]" }.joined(separator: ", ") + "]"
        case .array(let array): "a list of \(array.count)"
        case .object: "an object"
        }
    }

    /// Whether the configuration gives this a value other than null.
    func gives(_ key: String) -> Bool {
        config[key].map { !$0.isNull } ?? false
    }

    /// An integer.
    /// - Throws: `keras.config` where it is missing and there is no default, or of another type.
    func integer(_ key: String, default fallback: Int? = nil) throws(ModelError) -> Int {
        guard let value = config[key], !value.isNull else {
            if let fallback { return fallback }
            throw wrongType(key, "an integer")
        }
        guard let integer = Self.wholeNumber(value) else { throw wrongType(key, "an integer") }
        return integer
    }

    /// One integer for each of `count` axes; a single one stands for all.
    func integers(_ key: String, count: Int, default fallback: Int? = nil) throws(ModelError) -> [Int] {
        guard let value = config[key], !value.isNull else {
            if let fallback { return Array(repeating: fallback, count: count) }
            throw wrongType(key, "\(count) integers")
        }
        if let integer = Self.wholeNumber(value) { return Array(repeating: integer, count: count) }
        let list = value.array?.compactMap(Self.wholeNumber) ?? []
        guard list.count == count, value.array?.count == count else { throw wrongType(key, "an integer or \(count) integers") }
        return list
    }

    /// A list of integers of any length.
    func list(_ key: String) throws(ModelError) -> [Int] {
        guard let array = config[key]?.array else { throw wrongType(key, "a list of integers") }
        let list = array.compactMap(Self.wholeNumber)
        guard list.count == array.count else { throw wrongType(key, "a list of integers") }
        return list
    }

    func number(_ key: String, default fallback: Double? = nil) throws(ModelError) -> Double {
        guard let value = config[key], !value.isNull else {
            if let fallback { return fallback }
            throw wrongType(key, "a number")
        }
        guard let number = value.double, number.isFinite else { throw wrongType(key, "a finite number") }
        return number
    }

    /// A flag; 0 and 1 are what Python takes them for.
    func bool(_ key: String, default fallback: Bool) throws(ModelError) -> Bool {
        guard let value = config[key], !value.isNull else { return fallback }
        switch value {
        case .bool(let bool): return bool
        case .integer(0): return false
        case .integer(1): return true
        default: throw wrongType(key, "true or false")
        }
    }

    func string(_ key: String, default fallback: String? = nil) throws(ModelError) -> String {
        guard let value = config[key], !value.isNull else {
            if let fallback { return fallback }
            throw wrongType(key, "a string")
        }
        guard let string = value.string else { throw wrongType(key, "a string") }
        return string
    }

    /// The layout that `data_format` says, for this many spatial axes.
    func dataLayout(spatialRank: Int) throws(ModelError) -> DataLayout {
        // Sequences of Keras 1 have their channels last in either order.
        let fallback = spatialRank == 1 ? "channels_last" : origin.missingDataFormat
        guard gives("data_format") || fallback != nil else {
            throw problem("keras.data-format", "does not say in which order its axes are, and the model's other layers disagree", key: "dim_ordering")
        }
        let format = try string("data_format", default: fallback)
        let layout: DataLayout? =
            switch format {
            case "channels_last": .channelsLast(spatialRank: spatialRank)
            case "channels_first": .channelsFirst(spatialRank: spatialRank)
            default: nil
            }
        guard let layout else { throw wrongType("data_format", "'channels_last' or 'channels_first'") }
        return layout
    }

    /// An axis counted from 0, from one that may be counted from the end.
    func axis(_ value: Int, rank: Int, key: String) throws(ModelError) -> Int {
        guard value >= -rank, value < rank else {
            throw problem("keras.config", "has \(key) \(value), its input has \(rank) axes", key: key)
        }
        return value < 0 ? value + rank : value
    }

    /// An integer, or a number without a fraction: some files of Keras 1 and 2 hold `2.0`.
    private static func wholeNumber(_ value: JSONValue) -> Int? {
        switch value {
        case .integer(let integer): integer
        case .number(let number): Int(exactly: number)
        default: nil
        }
    }
}
