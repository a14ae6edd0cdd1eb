/// How large an input of a network is to be whose file leaves sizes open, in the order of the source's axes.
public struct InputShape: Sendable, Hashable {
    /// The input's name; `nil` for the one at the same place among those without a name.
    public var name: String?
    /// A size for each axis. The first, which counts samples, stays open whatever it is.
    public var sizes: [Int]

    /// The sizes of an input.
    public init(name: String? = nil, _ sizes: [Int]) {
        self.name = name
        self.sizes = sizes
    }

    /// The same as text: `1,3,224,224` or `image=1,3,224,224`.
    /// - Throws: `convert.input-shape` for any other text.
    public init(_ text: String) throws(ModelError) {
        let parts = text.split(separator: "=", omittingEmptySubsequences: false)
        let sizes = (parts.last ?? "").split(separator: ",", omittingEmptySubsequences: false).map { Int($0) }
        let known = sizes.compactMap(\.self)
        let name = parts.dropLast().joined(separator: "=")
        guard known.count == sizes.count, known.allSatisfy({ $0 >= 1 }), parts.count == 1 || !name.isEmpty else {
            throw Self.problem("'\(text)' is not the shape of an input")
        }
        self.init(name: parts.count == 1 ? nil : name, known)
    }

    /// Fills in what inputs leave open.
    /// - Parameter inputs: the name and the shape of each.
    /// - Returns: their shapes in the same order.
    /// - Throws: `convert.input-shape` for a shape of no input, two of one, or other sizes than the file has.
    package static func filled(
        _ inputs: [(name: String, shape: Shape)], with shapes: [InputShape]
    ) throws(ModelError) -> [Shape] {
        var filled = inputs.map(\.shape)
        var taken: Set<Int> = []
        var next = 0
        for shape in shapes {
            let place: Int
            if let name = shape.name {
                guard let found = inputs.firstIndex(where: { $0.name == name }) else {
                    throw problem("the network has no input '\(name)', its inputs are " + inputs.map { "'\($0.name)'" }.joined(separator: ", "))
                }
                place = found
            } else {
                place = next
                next += 1
                guard inputs.indices.contains(place) else { throw problem("there are more shapes than the \(inputs.count) inputs of the network") }
            }
            let (name, declared) = inputs[place]
            guard taken.insert(place).inserted else { throw problem("input '\(name)' is given two shapes") }
            let agrees =
                shape.sizes.count == declared.rank && shape.sizes.allSatisfy { $0 >= 1 }
                && zip(shape.sizes, declared.sizes).dropFirst().allSatisfy { $1 == nil || $0 == $1 }
            guard agrees else { throw problem("input '\(name)' has the shape \(declared) in the file, which cannot be \(shape.sizes)") }
            for axis in 1..<max(declared.rank, 1) { filled[place][axis] = shape.sizes[axis] }
        }
        return filled
    }

    private static func problem(_ message: String) -> ModelError {
        ModelError(
            Problem(
                "convert.input-shape", message, kind: .usage,
                hint: "give each input that is open its sizes in the source's order of axes: 1,3,224,224 or NAME=1,3,224,224"))
    }
}
