import ByteIO
import ModelCore

/// The attribute `model_config`.
enum KerasConfiguration {
    static let path = "/model_config"

    /// Parses the text, whose strings follow one another where it was split.
    ///
    /// - Throws: `keras.config` where it is not an object with `class_name` and `config`; codes of `JSON` with pointers below
    ///   `/model_config`.
    static func parse(_ strings: [[UInt8]]) throws(ModelError) -> JSONValue {
        let value: JSONValue
        do throws(ModelError) {
            // Python's json module writes NaN and Infinity.
            value = try JSON.parse(Array(strings.joined()), allowsNonFinite: true)
        } catch {
            let located = error.problems.map { problem in
                var problem = problem
                problem.location.path = path + (problem.location.path ?? "")
                return problem
            }
            throw ModelError(located) ?? error
        }
        guard value["class_name"]?.string != nil, let config = value["config"], config.object != nil || config.array != nil else {
            throw ModelError(
                Problem(
                    "keras.config", "is not the configuration of a model, which has a class_name and a config", at: Location(path: path)))
        }
        return value
    }
}
