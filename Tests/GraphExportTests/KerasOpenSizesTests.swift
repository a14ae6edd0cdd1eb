import CNNConversion
import ModelCore
import ModelGraph
import TestSupport
import Testing

/// An operator with sizes that are known when the network runs: those of its inputs `x0`, and `x1`, which is larger.
struct KerasOpenSizesCase: Sendable, CustomTestStringConvertible {
    let name: String
    let operation: Operator
    /// The inputs that it reads, the one that it works on first.
    var inputs = ["x0", "x1"]
    var testDescription: String { name }

    private static let ownHeight = SizeExpression.size(SizeReference(input: 0, axis: 1))
    private static let ownWidth = SizeExpression.size(SizeReference(input: 0, axis: 2))
    private static let height = SizeExpression.size(SizeReference(input: 1, axis: 1))
    private static let width = SizeExpression.size(SizeReference(input: 1, axis: 2))

    private typealias Size = SizeExpression<SizeReference>

    private static func combined(_ operation: SizeOperation, _ left: Size, _ right: Size) throws -> Size {
        try #require(Size.combined(operation, left, right))
    }

    private static func sized(_ name: String, _ operation: Operator, _ sizes: [String: [Size]], _ inputs: [String] = ["x0", "x1"]) throws -> Self {
        KerasOpenSizesCase(name: name, operation: try Sized(operation, sizes: sizes).erased, inputs: inputs)
    }

    private static func resized(_ name: String, _ interpolation: Interpolation, _ positions: ResizePositions, _ sizes: [Size]) throws -> Self {
        let resize = Resize(layout: .nhwc, target: .sizes([1, 1]), interpolation: interpolation, positions: positions)
        return try sized(name, resize.erased, ["sizes": sizes])
    }

    /// Half of what the second input has more, or has less, on one side and the rest on the other.
    private static func halves(_ larger: [Size], _ smaller: [Size]) throws -> (before: [Size], after: [Size]) {
        let differences = try zip(larger, smaller).map { try combined(.subtract, $0, $1) }
        let before = try differences.map { try combined(.divide, $0, 2) }
        let after = try zip(differences, before).map { try combined(.subtract, $0, $1) }
        return ([0] + before + [0], [0] + after + [0])
    }

    static func all() throws -> [KerasOpenSizesCase] {
        let (padding, cropping) = (try halves([height, width], [ownHeight, ownWidth]), try halves([ownHeight, ownWidth], [height, width]))
        let none = [0, 0, 0, 0]
        func only(_ name: String, _ operation: any OperatorDefinition) -> Self {
            KerasOpenSizesCase(name: name, operation: operation.erased, inputs: ["x0"])
        }
        return [
            try resized("nearest", .nearest, .leadingEdge, [height, width]),
            try resized("nearest-middle", .nearest, .halfPixel, [height, width]),
            try resized("linear", .linear, .halfPixel, [height, width]),
            try resized("linear-corners", .linear, .alignedCorners, [height, 7]),
            try resized("linear-multiple", .linear, .alignedCorners, [combined(.multiply, ownHeight, 2), combined(.add, width, 0)]),
            only(
                "corners-doubled",
                Resize(layout: .nhwc, target: .factors([2, 3]), interpolation: .linear, positions: .alignedCorners)),
            only("adaptive-mean", AdaptivePooling(kind: .average, layout: .nhwc, outputSize: [3, 2])),
            try sized(
                "adaptive-to-size", AdaptivePooling(kind: .average, layout: .nhwc, outputSize: [1, 1]).erased, ["output_size": [height, 4]]),
            try sized("pad-to-size", Pad(before: none, after: none).erased, ["before": padding.before, "after": padding.after]),
            try sized(
                "crop-to-size", Crop(before: none, after: none).erased, ["before": cropping.before, "after": cropping.after], ["x1", "x0"]),
            try sized("rows", Reshape(sizes: [1, 3]).erased, ["sizes": [combined(.multiply, ownHeight, ownWidth), 3]], ["x0"]),
        ]
    }
}

/// Keras 3 has no sizes in a model's graph: sums of ones stand for them, and products with matrices that are made of these.
@Suite struct KerasOpenSizesTests {
    private let writing: KerasWriting

    init() throws { writing = try KerasWriting() }

    private func graph(_ specimen: KerasOpenSizesCase) -> Graph {
        var graph = Graph.one(specimen.operation, [[nil, nil, nil, 3], [nil, nil, nil, 3]])
        graph.inputs.removeAll { !specimen.inputs.contains($0.name) }
        graph.nodes[0].inputs = specimen.inputs
        return graph
    }

    @Test(arguments: try KerasOpenSizesCase.all(), ["keras", "h5"])
    func sizesThatTheNetworkComputesComeBack(_ specimen: KerasOpenSizesCase, _ format: String) throws {
        let summary = try writing.write(graph(specimen), as: "open-\(specimen.name)", format).summary
        #expect(summary.verdict == "identical" || summary.verdict == "rounding")
    }

    /// What Keras cannot be told is refused by the operator's name and the reason.
    @Test func sizesOfNoAxisAreRefused() throws {
        let more = try #require(SizeExpression.combined(.add, .size(SizeReference(input: 1, axis: 1)), 1))
        let resize = Resize(layout: .nhwc, target: .sizes([1, 1]), interpolation: .nearest).erased
        let largest = AdaptivePooling(kind: .maximum, layout: .nhwc, outputSize: [3, 2]).erased
        let cubic = Resize(layout: .nhwc, target: .sizes([5, 5]), interpolation: .cubicReplicated(coefficient: -0.75)).erased
        let cases: [(Operator, String)] = [
            (try Sized(resize, sizes: ["sizes": [more, more]]).erased, "is neither the size of an axis that it reads nor a multiple of one"),
            (
                AdaptivePooling(kind: .average, layout: .nhwc, outputSize: [1 << 30, 2]).erased,
                "makes 1073741824 elements of an axis of unknown size"
            ),
            (largest, "takes the maximum of windows of unknown sizes"), (cubic, "interpolates by a cubic"),
        ]
        for (operation, reason) in cases {
            let isSized = if case .sized = operation { true } else { false }
            let specimen = KerasOpenSizesCase(name: "refused", operation: operation, inputs: isSized ? ["x0", "x1"] : ["x0"])
            let error = try #require(throws: ModelError.self) { try writing.write(graph(specimen), as: "refused", "keras") }
            #expect(error.problems.map(\.code) == ["export.unsupported"])
            #expect(error.problems[0].message.contains(reason), "\(error.problems[0].message)")
        }
    }
}
