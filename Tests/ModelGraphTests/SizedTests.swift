import ModelCore
import Testing

@testable import ModelGraph

/// Numbers of operators that are computed from sizes.
@Suite struct SizedTests {
    private typealias Size = SizeExpression<SizeReference>

    private static func values(_ text: String, _ shapes: [[Int]] = [[1, 7, 9], [2, 3, 4]]) -> [Int?]? {
        SizeText.sizes(text)?.map { $0.value { shapes[$0.input][$0.axis] } }
    }

    @Test(arguments: [
        ("-1, x1[2], (x0[2] - 1) // 2", [-1, 4, 4]), ("1 + 2 * 3 - 4", [3]), ("7 - 2 - 1, 8 // 3 // 2, 8 // 3 * 2", [4, 1, 4]),
        ("(0 - 7) // 2, 7 // (0 - 2), (0 - 7) // (0 - 2), (0 - 6) // 2", [-4, -4, 3, -3]), ("max(x0[1], x0[2]), min( x0[1] , 3 )", [9, 3]),
        ("x0[1]-x1[1]*2", [1]), ("", []), ("((x0[0]))", [1]),
    ])
    func textsAreNumbers(_ text: String, _ expected: [Int]) throws {
        let values = try #require(Self.values(text))
        #expect(values == expected)
        // What is written is read as the same.
        let sizes = try #require(SizeText.sizes(text))
        #expect(SizeText.sizes(SizeText.text(sizes)) == sizes)
    }

    @Test(arguments: [
        "x", "x0", "x0[", "x0[-1]", "x-1[0]", "1,", ",", "1 +", "max(1)", "max(1, 2", "(1", "1)", "1 / 2", "1.5", "a", "9223372036854775808",
        "1 // 0", "9223372036854775807 + 1", String(repeating: "(", count: 1000), String(repeating: "x0[0]+", count: 64) + "1",
    ])
    func otherTextsAreNone(_ text: String) {
        #expect(SizeText.sizes(text) == nil)
    }

    @Test func numbersThatCannotBeAreNone() throws {
        #expect(Self.values("1 // x0[0], x0[1] // (x0[0] - 1)") == [1, nil])
        #expect(Self.values("x0[0] * 9223372036854775807 * 2") == [nil])
        #expect(Self.values("(0 - 9223372036854775807 - x0[0]) // (0 - x0[0])") == [nil])
    }

    @Test func whatIsSimpleIsMadeSo() throws {
        let size = Size.size(SizeReference(input: 0, axis: 1))
        #expect(Size.combined(.add, size, 0) == size)
        #expect(Size.combined(.divide, try #require(Size.combined(.multiply, size, 2)), 2) == size)
        #expect(Size.combined(.subtract, size, size) == 0)
        #expect(Size.combined(.subtract, size, 1)?.isNotNegative == false)
        #expect(Size.combined(.subtract, size, 1).flatMap { Size.combined(.maximum, $0, 0) }?.isNotNegative == true)
    }

    private static func sized(_ template: Operator, _ sizes: [String: String]) throws -> Sized {
        try Sized(template, sizes: sizes.mapValues { try #require(SizeText.sizes($0)) })
    }

    private static let zeros = [0, 0, 0, 0]

    /// A border of as much as another value is larger.
    @Test func anOperatorIsKnownWhenItsInputsAre() throws {
        let difference = "x1[1] - x0[1]"
        let pad = try Self.sized(
            Pad(before: Self.zeros, after: Self.zeros).erased,
            ["before": "0, (\(difference)) // 2, 0, 0", "after": "0, \(difference) - (\(difference)) // 2, 0, 0"])
        #expect(try pad.resolved([[2, 5, 6, 3], [2, 8, 6, 3]]) == Pad(before: [0, 1, 0, 0], after: [0, 2, 0, 0]).erased)
        #expect(try pad.outputShape([[nil, 5, 6, 3], [nil, 8, 6, 3]], WeightShapes([:])) == [nil, 8, 6, 3])
        #expect(try pad.outputShape([[nil, nil, 6, 3], [nil, 8, nil, 3]], WeightShapes([:])) == [nil, nil, 6, 3])
        // A negative border is no border.
        #expect(throws: ModelError.self) { try pad.outputShape([[2, 9, 6, 3], [2, 8, 6, 3]], WeightShapes([:])) }
        #expect(throws: ModelError.self) { try pad.outputShape([[2, 9, 6, 3]], WeightShapes([:])) }
        #expect(throws: ModelError.self) { try pad.outputShape([[2, 9, 6, 3], [2]], WeightShapes([:])) }
    }

    @Test func sizesThatAreNotKnownStaySo() throws {
        let ones = [1, 1]
        let open: [Shape] = [[nil, nil, 6, 3], [nil, 8, nil, 3]]
        let resize = Resize(layout: .nhwc, target: .sizes(ones), interpolation: .linear).erased
        #expect(try Self.sized(resize, ["sizes": "x1[1], x1[2]"]).outputShape(open, WeightShapes([:])) == [nil, 8, nil, 3])
        #expect(try Self.sized(Reshape(sizes: []).erased, ["sizes": "x0[2], -1, x0[1]"]).outputShape(open, WeightShapes([:])) == [nil, 6, nil, nil])
        let adaptive = AdaptivePooling(kind: .average, layout: .nhwc, outputSize: ones).erased
        #expect(try Self.sized(adaptive, ["output_size": "x1[1] // 2, x0[1]"]).outputShape(open, WeightShapes([:])) == [nil, 4, nil, 3])
        let pooling = Pooling(kind: .average, layout: .nhwc, window: ones, strides: ones, padding: .valid).erased
        #expect(try Self.sized(pooling, ["window": "x0[1], 2", "strides": "x0[1], 2"]).outputShape(open, WeightShapes([:])) == [nil, nil, nil, 3])
        #expect(
            try Self.sized(pooling, ["window": "x0[1], 2", "strides": "x0[1], 2"]).outputShape([[1, 4, 6, 3], open[1]], WeightShapes([:])) == [
                1, 1, 3, 3,
            ])
        let crop = Crop(before: Self.zeros, after: Self.zeros).erased
        #expect(try Self.sized(crop, ["before": "0, 1, x0[2] - 2, 0"]).outputShape(open, WeightShapes([:])) == [nil, nil, 2, 3])
    }

    @Test func otherAttributesCannotBeComputed() {
        #expect(throws: ModelError.self) { try Self.sized(Flip(axes: [1]).erased, ["axes": "x0[1]"]) }
        #expect(throws: ModelError.self) { try Self.sized(Reshape(sizes: [1]).erased, [:]) }
        #expect(throws: ModelError.self) { try Self.sized(Reshape(sizes: [1]).erased, ["before": "1"]) }
        #expect(throws: ModelError.self) {
            try Self.sized(
                Resize(layout: .nhwc, target: .factors([1, 1]), interpolation: .linear).erased, ["sizes": "x0[1], x0[2]"])
        }
    }

    @Test(arguments: [
        ["operator": AttributeValue.string("reshape")], ["operator": .string("reshape"), "sizes": .string("x0[")],
        ["operator": .string("reshape"), "sizes": .integers([1])], ["operator": .string("sized"), "sizes": .string("1")],
        ["operator": .string("nothing"), "sizes": .string("1")], ["sizes": .string("1")],
        ["operator": .string("reshape"), "sizes": .string("1"), "more": .integer(1)],
    ])
    func brokenAttributesAreRefused(_ attributes: [String: AttributeValue]) {
        var list = AttributeList()
        for (name, value) in attributes.sorted(by: { $0.key < $1.key }) { list.append(name, value) }
        #expect(throws: ModelError.self) { try Operator(name: Sized.name, attributes: list) }
    }
}
