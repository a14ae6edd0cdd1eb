import ByteIO
import ModelCore
import Testing

@Suite struct JSONParserTests {
    private func parse(_ text: String, allowsNonFinite: Bool = false) throws -> JSONValue {
        try JSON.parse(Array(text.utf8), allowsNonFinite: allowsNonFinite)
    }

    /// The code and byte offset of the one problem.
    private func refusal(_ bytes: [UInt8], allowsNonFinite: Bool = false) -> String {
        do {
            return "accepted \(try JSON.parse(bytes, allowsNonFinite: allowsNonFinite))"
        } catch {
            let problem = error.problems[0]
            return "\(problem.code)@\(problem.location.byteOffset ?? -1)"
        }
    }

    static let values: [(String, JSONValue)] = [
        ("null", .null), (" true\n", .bool(true)), ("\tfalse\r", .bool(false)), ("0", .integer(0)), ("-1", .integer(-1)),
        ("9223372036854775807", .integer(.max)), ("-9223372036854775808", .integer(.min)),
        ("9223372036854775808", .number(9223372036854775808)),
        ("-9223372036854775809", .number(-9223372036854775808)), ("1.0", .number(1)), ("1e3", .number(1000)), ("1E+2", .number(100)),
        ("1.5e-3", .number(0.0015)), ("0.1", .number(0.1)), ("-0.3", .number(-0.3)), ("123456789012345.6", .number(123456789012345.6)),
        ("0.000000000000001", .number(1e-15)), ("2.2250738585072011e-308", .number(.leastNormalMagnitude.nextDown)),
        ("5e-324", .number(.leastNonzeroMagnitude)),
        ("1e-999", .number(0)), ("1.7976931348623157e308", .number(.greatestFiniteMagnitude)),
        ("9007199254740993.0", .number(9007199254740992)),
        ("9007199254740993.00000000000000000000000000000001", .number(9007199254740994)), ("0e5", .number(0)), ("\"\"", .string("")),
        (#""a\"\\\/\b\f\n\r\t\u0041""#, .string("a\"\\/\u{8}\u{C}\n\r\tA")), (#""\u00e9\uD83D\ude00""#, .string("é😀")),
        (#""\u0000""#, .string("\0")),
        ("\"é😀\u{2028}\"", .string("é😀\u{2028}")), ("\"0123456789abcdef0123456789é\"", .string("0123456789abcdef0123456789é")),
        ("\"\u{7F}\"", .string("\u{7F}")), ("[]", .array([])), ("[ ]", .array([])), ("{}", .object([:])), ("{ }", .object([:])),
        ("[1,[2,[]],{}]", .array([.integer(1), .array([.integer(2), .array([])]), .object([:])])),
        ("{\"b\":1 , \"a\": {\"b\":[null]}}", .object(["b": .integer(1), "a": .object(["b": .array([.null])])])),
        ("{\"\":0}", .object(["": .integer(0)])), ("[\"a\",\n{\"a\":\"a\"}]", .array([.string("a"), .object(["a": .string("a")])])),
    ]

    @Test("a valid text has its value", arguments: values)
    func value(text: String, expected: JSONValue) throws {
        #expect(try parse(text) == expected)
    }

    static let refusals: [(String, String)] = [
        ("", "json.empty@0"), (" \n", "json.empty@2"), ("[", "json.truncated@1"), ("{", "json.truncated@1"), ("[1", "json.truncated@2"),
        ("{\"a\"", "json.truncated@4"), ("{\"a\":", "json.truncated@5"), ("{\"a\":1", "json.truncated@6"),
        ("{\"a\":1,", "json.truncated@7"),
        ("\"abc", "json.truncated@4"), ("\"abc\\", "json.truncated@5"), ("\"\\u00", "json.truncated@5"), ("tru", "json.truncated@0"),
        ("-", "json.truncated@1"), ("1.", "json.truncated@2"), ("1e", "json.truncated@2"), ("1e+", "json.truncated@3"),
        ("[1,]", "json.syntax@3"), ("[,1]", "json.syntax@1"), ("[1 2]", "json.syntax@3"), ("[1}", "json.syntax@2"),
        ("{1:2}", "json.syntax@1"),
        ("{\"a\":1,}", "json.syntax@7"), ("{,}", "json.syntax@1"), ("{\"a\" 1}", "json.syntax@5"), ("{\"a\":1]", "json.syntax@6"),
        ("{'a':1}", "json.syntax@1"), ("]", "json.syntax@0"), ("}", "json.syntax@0"), (":", "json.syntax@0"), ("nul1", "json.syntax@3"),
        ("True", "json.syntax@0"), ("/* */ 1", "json.syntax@0"), ("+1", "json.syntax@0"), (".5", "json.syntax@0"),
        ("[\u{A0}1]", "json.syntax@1"),
        ("1 2", "json.trailing@2"), ("{} {}", "json.trailing@3"), ("1 \0", "json.trailing@2"), ("nullx", "json.trailing@4"),
        ("0x10", "json.trailing@1"),
        ("[]]", "json.trailing@2"), ("01", "json.number@0"), ("-01", "json.number@0"), ("[00]", "json.number@1"),
        ("1.e3", "json.number@2"),
        ("-a", "json.number@1"), ("1ea", "json.number@2"), ("--1", "json.number@1"), ("1e999999", "json.number-overflow@0"),
        ("[-1e400]", "json.number-overflow@1"), ("NaN", "json.non-finite@0"), ("[Infinity]", "json.non-finite@1"),
        ("-Infinity", "json.non-finite@1"),
        ("\"a\tb\"", "json.control-character@2"), ("\"a\0\"", "json.control-character@2"), ("\"\\a\"", "json.escape@1"),
        ("\"\\u12G4\"", "json.escape@5"),
        ("\"\\U0041\"", "json.escape@1"), ("\"\\ud800\"", "json.surrogate@1"), ("\"\\udc00\\ud800\"", "json.surrogate@1"),
        ("\"\\ud800\\u0041\"", "json.surrogate@1"), ("\"\\ud800x\"", "json.surrogate@1"),
        ("{\"a\":1,\"a\":1}", "json.duplicate-key@7"), ("{\"a\":1,\"\\u0061\":2}", "json.duplicate-key@7"),
        ("{\"\u{E9}\":1,\"e\u{301}\":2}", "json.duplicate-key@8"), ("\u{FEFF}1", "json.encoding@0"),
    ]

    @Test("an invalid text is refused with its code at its byte", arguments: refusals)
    func refused(text: String, expected: String) {
        #expect(refusal(Array(text.utf8)) == expected)
    }

    static let invalidBytes: [([UInt8], String)] = [
        ([0xFF, 0xFE, 0x31, 0], "json.encoding@0"), ([0xFE, 0xFF, 0, 0x31], "json.encoding@0"), ([0x31, 0], "json.encoding@0"),
        ([0, 0x31], "json.encoding@0"), ([0x22, 0x80, 0x22], "json.utf8@0"), ([0x22, 0xC0, 0xAF, 0x22], "json.utf8@0"),
        ([0x22, 0xE0, 0x80, 0xAF, 0x22], "json.utf8@0"), ([0x22, 0xED, 0xA0, 0x80, 0x22], "json.utf8@0"),
        ([0x22, 0xF4, 0x90, 0x80, 0x80, 0x22], "json.utf8@0"), ([0x22, 0xC3, 0x22], "json.utf8@0"), ([0x22, 0xFF, 0x22], "json.utf8@0"),
        ([0x22, 0x5C, 0x6E, 0xFF, 0x22], "json.utf8@0"), ([0x22, 0xE2, 0x5C, 0x6E, 0x22], "json.utf8@0"), ([0xE9], "json.syntax@0"),
    ]

    @Test("bytes that are not UTF-8 are refused", arguments: invalidBytes)
    func refused(bytes: [UInt8], expected: String) {
        #expect(refusal(bytes) == expected)
    }

    @Test("256 levels are read and one more is refused")
    func depth() throws {
        let limit = JSON.depthLimit
        _ = try parse(String(repeating: "[", count: limit) + String(repeating: "]", count: limit))
        _ = try parse(String(repeating: "{\"a\":", count: limit) + "0" + String(repeating: "}", count: limit))
        #expect(refusal(Array(repeating: UInt8(ascii: "["), count: 100_000)) == "json.depth@256")
    }

    @Test("every prefix of a text is refused")
    func truncated() {
        let text = Array(#"{"a":[1,-2.5e-1,true,null,"\u00e9é\n"],"b":{"c":{}}}"#.utf8)
        for count in 0..<text.count {
            #expect(!refusal(Array(text.prefix(count))).hasPrefix("accepted"))
        }
    }

    @Test("no damage of one byte crashes the parser, and what it takes reads back the same")
    func damaged() throws {
        let text = Array(#"{"a":[1,-2.5e-1,true,null,"\u00e9\ud83d\ude00é\n"],"b":{"c":{}}}"#.utf8)
        for position in text.indices {
            for new in UInt8.min ... .max {
                var copy = text
                copy[position] = new
                guard let value = try? JSON.parse(copy) else { continue }
                #expect(try JSON.parse(JSON.serialize(value)) == value)
            }
        }
    }

    @Test("NaN and infinity are read where they are allowed")
    func nonFinite() throws {
        let value = try parse("[NaN, Infinity, -Infinity]", allowsNonFinite: true)
        let numbers = try #require(value.array).compactMap(\.double)
        #expect(numbers[0].isNaN)
        #expect(numbers[1...] == [.infinity, -.infinity])
        #expect(refusal(Array("-Inf".utf8), allowsNonFinite: true) == "json.truncated@1")
    }

    @Test("minus zero keeps its sign")
    func minusZero() throws {
        for text in ["-0", "-0.0", "-0e1"] {
            let zero = try #require(try parse(text).double)
            #expect(zero == 0 && zero.sign == .minus)
        }
    }

    @Test("a key that repeats among many is found")
    func repeatedAmongMany() {
        let members = (0..<1000).map { "\"k\($0)\":0" } + ["\"k17\":1"]
        #expect(refusal(Array("{\(members.joined(separator: ","))}".utf8)).hasPrefix("json.duplicate-key@"))
    }

    @Test("a number of a million digits is refused at once")
    func longNumber() {
        #expect(refusal(Array(repeating: UInt8(ascii: "1"), count: 1_000_000)) == "json.number-length@0")
    }

    @Test("a problem says where it is as a JSON pointer")
    func pointer() {
        #expect(throws: ModelError.self) { try parse(#"{"a/b":[0,{"c":[1 2]}]}"#) }
        do {
            _ = try JSON.parse(Array(#"{"a/b":[0,{"c":[1 2]}]}"#.utf8))
        } catch {
            let expected = Problem("json.syntax", "'2' where ',' or ']' was expected", at: Location(path: "/a~1b/1/c", byteOffset: 18))
            #expect(error.problems == [expected])
        }
    }

    @Test("decimal fractions have the value that the standard library gives them")
    func fractions() throws {
        var generator = SystemRandomNumberGenerator()
        for _ in 0..<2000 {
            let scale = Double([1, 10, 1e3, 1e6, 1e9, 1e-9, 1e200].randomElement(using: &generator) ?? 1)
            let number = Double.random(in: -1...1, using: &generator) * scale
            let short = "\((number * 1000).rounded() / 1000)"
            #expect(try parse("\(number)").double == number)
            #expect(try parse(short).double == Double(short))
        }
    }
}
