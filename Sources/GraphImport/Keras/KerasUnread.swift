import ByteIO
import ModelCore

extension KerasLayer {
    /// A problem for each setting that nobody has read and that may matter at inference; those of an operator are also the arguments of its call.
    ///
    /// To be asked when all of the layer has been converted. A setting that is null is not given.
    func unreadProblems() -> [Problem] {
        let settings = config.unread.filter { key, value in
            // The tensors of an operator are its inputs, which `KerasFlow` follows.
            !value.isNull && !KerasIdleSettings.contains(key, of: self) && !(operation != nil && KerasArguments.areTensors(value))
        }
        return settings.flatMap { key, value in
            problem(
                "keras.unsupported-setting", "has \(key) \(Self.brief(value)), which cnnconvert does not know", key: key, hint: KerasSettings.hint
            ).problems
        }
    }
}

extension KerasSettings {
    /// What to do about a setting that is not known.
    static let hint =
        "where it changes nothing at inference, leave it out of the architecture, a text in JSON, and give that with `Conversion.Options.config`"
}
