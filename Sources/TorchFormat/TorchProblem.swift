import ModelCore

/// A problem of a PyTorch file.
func torchProblem(
    _ code: String, _ message: String, at path: String? = nil, offset: Int? = nil, hint: String? = nil
) -> ModelError {
    ModelError(Problem("torch.\(code)", message, at: Location(path: path, byteOffset: offset), hint: hint))
}
