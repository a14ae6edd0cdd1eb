/// What a weight was made of that no file holds as it is.
package struct WeightDerivation: Sendable, Hashable {
    /// The tensors of the source, by its names for them; none for numbers from the code of a network alone.
    package let from: [String]
    /// The functions of the source's framework that made it, first to last.
    package let by: [String]

    package init(from: [String], by: [String]) {
        self.from = from
        self.by = by
    }
}
