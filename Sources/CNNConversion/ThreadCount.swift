import InferenceEngine

/// How many threads there are to use.
public enum ThreadCount {
    /// Processors that this process may use, at least 1.
    public static var available: Int { InferenceOptions().threads }

    /// The nearest number of threads that work is shared among.
    static func clamped(_ count: Int) -> Int { InferenceOptions(threads: count).threads }
}
