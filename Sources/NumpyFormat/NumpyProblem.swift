internal import ModelCore

/// A problem of a `.npy` file.
func npyProblem(_ code: String, _ message: String, at offset: Int? = nil, kind: Problem.Kind = .input, hint: String? = nil) -> ModelError {
    ModelError(Problem("npy.\(code)", message, kind: kind, at: Location(byteOffset: offset), hint: hint))
}
