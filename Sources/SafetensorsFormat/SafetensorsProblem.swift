import ModelCore

/// A problem of a `.safetensors` file.
func safetensorsProblem(
    _ code: String, _ message: String, at path: String? = nil, kind: Problem.Kind = .input, hint: String? = nil
) -> ModelError {
    ModelError(Problem("safetensors.\(code)", message, kind: kind, at: Location(path: path), hint: hint))
}
