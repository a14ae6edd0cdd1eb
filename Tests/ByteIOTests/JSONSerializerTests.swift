import ByteIO
import ModelCore
import Testing

@Suite struct JSONSerializerTests {
    private let document: JSONValue = .object([
        "name": .string("a\"\\/\n\r\t\u{1}\u{1F}é😀"), "shape": .array([.null, .integer(224), .integer(-1)]), "empty": .object([:]),
        "none": .array([]),
        "numbers": .array([.number(1), .number(0.1), .number(-0.0), .number(1e300), .number(.leastNonzeroMagnitude), .number(1e16)]),
        "nested": .array([.array([.bool(true)]), .object(["x": .bool(false)])]),
    ])

    private func text(_ value: JSONValue, _ style: JSON.Style) throws -> String {
        String(decoding: try JSON.serialize(value, style: style), as: UTF8.self)
    }

    @Test("compact text has no white space")
    func compact() throws {
        let expected =
            #"{"name":"a\"\\/\n\r\t\u0001\u001fé😀","shape":[null,224,-1],"empty":{},"none":[],"#
            + #""numbers":[1.0,0.1,-0.0,1e+300,5e-324,1e+16],"nested":[[true],{"x":false}]}"#
        #expect(try text(document, .compact) == expected)
    }

    @Test("pretty text keeps arrays of scalars on one line")
    func pretty() throws {
        let expected = #"""
            {
              "name": "a\"\\/\n\r\t\u0001\u001fé😀",
              "shape": [null, 224, -1],
              "empty": {},
              "none": [],
              "numbers": [1.0, 0.1, -0.0, 1e+300, 5e-324, 1e+16],
              "nested": [
                [true],
                {
                  "x": false
                }
              ]
            }
            """#
        #expect(try text(document, .pretty) == expected)
    }

    @Test("what is written reads back the same", arguments: [JSON.Style.compact, .pretty])
    func roundTrip(style: JSON.Style) throws {
        #expect(try JSON.parse(try JSON.serialize(document, style: style)) == document)
    }

    @Test("numbers that JSON does not have are refused", arguments: [Double.nan, .infinity, -.infinity])
    func nonFinite(number: Double) {
        #expect(throws: ModelError(Problem("json.non-finite", "the number \(number) has no place in JSON", kind: .fault))) {
            try JSON.serialize(.array([.number(number)]))
        }
    }
}

@Suite struct JSONObjectTests {
    @Test("members keep their order, few or many", arguments: [3, 8, 9, 40])
    func order(count: Int) {
        var object = JSONObject()
        for number in 0..<count { object["k\(number)"] = .integer(number) }
        object["k1"] = .null
        object["k0"] = nil
        object["new"] = .bool(true)
        #expect(object.keys == (1..<count).map { "k\($0)" } + ["new"])
        #expect(object["k0"] == nil && object["k1"] == .null && object["new"] == .bool(true))
        #expect(object["k\(count - 1)"] == .integer(count - 1))
        #expect(object.map(\.key) == object.keys)
    }
}
