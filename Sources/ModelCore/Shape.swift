/// The sizes of an array, outermost axis first; a size that is not known before run time is `nil`.
public struct Shape: Sendable, Hashable {
    /// One size per axis, outermost first.
    public var sizes: [Int?]

    /// A shape with these sizes.
    public init(_ sizes: [Int?]) {
        self.sizes = sizes
    }

    /// A shape whose sizes are all known.
    public init(known sizes: [Int]) {
        self.sizes = sizes
    }

    /// The number of axes.
    public var rank: Int { sizes.count }

    /// The sizes, if every one is known.
    public var known: [Int]? {
        let sizes = self.sizes.compactMap(\.self)
        return sizes.count == rank ? sizes : nil
    }

    /// The size of one axis.
    ///
    /// - Precondition: `axis` is from 0 and below `rank`, as with arrays.
    public subscript(axis: Int) -> Int? {
        get { sizes[axis] }
        set { sizes[axis] = newValue }
    }
}

extension Shape: CustomStringConvertible {
    /// `[?, 224, 224, 3]`, an unknown size as a question mark.
    public var description: String {
        "[" + sizes.map { $0.map(String.init) ?? "?" }.joined(separator: ", ") + "]"
    }
}

extension Shape: ExpressibleByArrayLiteral {
    /// A shape written as a literal, `nil` for a size that is not known.
    public init(arrayLiteral sizes: Int?...) {
        self.init(sizes)
    }
}
