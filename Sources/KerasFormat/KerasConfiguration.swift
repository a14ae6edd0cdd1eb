import ByteIO
import ModelCore

/// The configuration of a model, wherever it is kept.
enum KerasConfiguration {
    /// The attribute of an `.h5` file.
    static let path = "/model_config"

    /// Parses a text at `place`.
    ///
    /// - Throws: `keras.config` where it is not an object with `class_name` and `config`; codes of `JSON` with pointers below `place`.
    static func parse(_ text: [UInt8], at place: String) throws(ModelError) -> JSONValue {
        let value = try value(text, at: place)
        try check(value, at: place)
        return value
    }

    /// The value of a text, whatever it is.
    static func value(_ text: [UInt8], at place: String) throws(ModelError) -> JSONValue {
        // Python's json module writes NaN and Infinity.
        do throws(ModelError) { return try JSON.parse(text, allowsNonFinite: true) } catch { throw error.below(place) }
    }

    static func check(_ value: JSONValue, at place: String) throws(ModelError) {
        guard value["class_name"]?.string != nil, let config = value["config"], config.object != nil || config.array != nil else {
            throw ModelError(
                Problem(
                    "keras.config", "is not the configuration of a model, which has a class_name and a config",
                    at: Location(path: place.isEmpty ? nil : place)))
        }
    }
}

extension ModelError {
    /// The same problems, with pointers into a text at `place`.
    func below(_ place: String) -> ModelError {
        let located = problems.map { problem in
            var problem = problem
            problem.location.path = place + (problem.location.path ?? "")
            return problem
        }
        return ModelError(located) ?? self
    }
}
