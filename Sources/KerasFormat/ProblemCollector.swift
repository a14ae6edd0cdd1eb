import ModelCore

/// Gathers what is wrong, so that all of it is reported at once.
struct ProblemCollector {
    private(set) var problems: [Problem] = []

    mutating func append(_ problem: Problem) {
        problems.append(problem)
    }

    /// The result of `body`; `nil` where it throws, whose problems are kept.
    mutating func collect<Result>(_ body: () throws(ModelError) -> Result) -> Result? {
        do throws(ModelError) { return try body() } catch {
            problems += error.problems
            return nil
        }
    }

    /// - Throws: the problems, if there are any.
    func throwAll() throws(ModelError) {
        if let error = ModelError(problems) { throw error }
    }
}
