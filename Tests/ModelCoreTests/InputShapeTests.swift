import Testing

@testable import ModelCore

/// Sizes for what a file leaves open.
@Suite struct InputShapeTests {
    @Test func textsAreShapes() throws {
        #expect(try InputShape("1,3,224,224") == InputShape([1, 3, 224, 224]))
        #expect(try InputShape("image=2,5") == InputShape(name: "image", [2, 5]))
        #expect(try InputShape("a=b=7") == InputShape(name: "a=b", [7]))
    }

    @Test(arguments: ["", "x=", "=1,2", "1,,2", "1,x", "0,1", "-1,2", "1, 2", "1x2", "99999999999999999999"])
    func otherTextsAreRefused(_ text: String) {
        let error = #expect(throws: ModelError.self) { try InputShape(text) }
        #expect(error?.problems.map(\.code) == ["convert.input-shape"])
    }

    private static let inputs: [(name: String, shape: Shape)] = [("left", [nil, 3, nil, nil]), ("right", [nil, 8])]

    @Test func openSizesAreFilledButThatOfSamples() throws {
        #expect(try InputShape.filled(Self.inputs, with: []) == [[nil, 3, nil, nil], [nil, 8]])
        #expect(try InputShape.filled(Self.inputs, with: [InputShape([4, 3, 20, 30])]) == [[nil, 3, 20, 30], [nil, 8]])
        #expect(
            try InputShape.filled(Self.inputs, with: [InputShape(name: "right", [1, 8]), InputShape([1, 3, 2, 1])]) == [[nil, 3, 2, 1], [nil, 8]])
    }

    @Test(arguments: [
        [InputShape([1, 3, 20])], [InputShape([1, 4, 20, 30])], [InputShape(name: "middle", [1])], [InputShape([1, 3, 0, 1])],
        [InputShape([1, 3, 2, 2]), InputShape([1, 8]), InputShape([1])], [InputShape(name: "left", [1, 3, 2, 2]), InputShape([1, 3, 2, 2])],
        [InputShape([])],
    ])
    func shapesOfOtherInputsAreRefused(_ shapes: [InputShape]) {
        let error = #expect(throws: ModelError.self) { try InputShape.filled(Self.inputs, with: shapes) }
        #expect(error?.problems.map(\.code) == ["convert.input-shape"])
    }
}
