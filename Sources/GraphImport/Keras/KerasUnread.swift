import ByteIO
import ModelCore

extension KerasLayer {
    /// A problem for each setting and each argument of a call that nobody has read and that may matter at inference.
    ///
    /// To be asked when all of the layer has been converted. A setting that is null is not given.
    func unreadProblems(_ arguments: KerasArguments = KerasArguments()) -> [Problem] {
        let settings = config.unread.filter { key, value in !value.isNull && !KerasIdleSettings.contains(key, of: self) }
        let problems = settings.flatMap { key, value in
            problem(
                "keras.unsupported-setting", "has \(key) \(Self.brief(value)), which cnnconvert does not know", key: key, hint: KerasSettings.hint
            ).problems
        }
        return problems
            + arguments.unread.filter { !$0.value.isNull }.flatMap { key, value in
                problem("keras.unsupported-call", "is called with \(key) \(Self.brief(value)), which cnnconvert does not know").problems
            }
    }
}

extension KerasSettings {
    /// What to do about a setting that is not known.
    static let hint = "where it changes nothing at inference, leave it out of the architecture, and give that beside the file"
}
