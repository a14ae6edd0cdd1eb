/// A tensor whose axis of samples is not its first, or counts more than samples: `[L, N, E]`, or `[N * heads, L, D]`.
///
/// It is a value of the graph with the tensor's axes in order, but samples before them. The tensor's axis that counts samples is
/// `outer * samples * inner`; what there is of both factors are axes of the value in its place.
struct TorchView: Sendable, Hashable {
    /// The value of the graph.
    var value: String
    /// How many axes the tensor has.
    var rank: Int
    /// The axis of the tensor that counts samples.
    var axis: Int
    var hasOuter = false
    var hasInner = false
    /// Whether the samples may as well be the outer factor of the next axis, for there was one sample when the network was recorded.
    var isLoose = false

    /// A value of the graph as it is.
    init(_ value: String, rank: Int) {
        self.init(value: value, rank: rank, axis: 0)
    }

    init(value: String, rank: Int, axis: Int, hasOuter: Bool = false, hasInner: Bool = false, isLoose: Bool = false) {
        self.value = value
        self.rank = rank
        self.axis = axis
        self.hasOuter = hasOuter
        self.hasInner = hasInner
        self.isLoose = isLoose
    }

    /// Whether the tensor is the value as it is.
    var isPlain: Bool { axis == 0 && !hasOuter && !hasInner }

    /// For each axis of the tensor, the axes of the value that it is made of.
    var axes: [[Int]] {
        var next = 0
        func axes(_ count: Int) -> [Int] {
            next += count
            return Array(next - count + 1..<next + 1)
        }
        return (0..<rank).map { $0 == axis ? (hasOuter ? axes(1) : []) + [0] + (hasInner ? axes(1) : []) : axes(1) }
    }

    /// The axis of the value that is an axis of the tensor; `nil` for the one that counts samples.
    func place(of axis: Int) -> Int? { axis == self.axis ? nil : axes[axis].first }

    /// The same tensor with the samples in the next axis, where it is loose.
    var moved: TorchView {
        isLoose ? TorchView(value: value, rank: rank, axis: axis + 1, hasOuter: false, hasInner: true) : self
    }

    /// How the samples stand, whatever the value.
    var standing: TorchView {
        var standing = self
        standing.value = ""
        standing.isLoose = false
        return standing
    }

    /// Another value seen in the same way, without some axes of the tensor.
    func seeing(_ value: String, without removed: Set<Int> = []) -> TorchView {
        var view = self
        view.value = value
        view.rank -= removed.count
        view.axis -= removed.count { $0 < axis }
        if removed.contains(axis + 1) { view.isLoose = false }
        return view
    }
}

/// The sizes of a tensor around its axis of samples.
struct TorchExtent {
    /// Of the axes before that of samples.
    var before: [TorchSize]
    var outer = 1
    var inner = 1
    /// Of the axes after that of samples.
    var after: [TorchSize]

    var rank: Int { before.count + 1 + after.count }
    var axis: Int { before.count }
}
